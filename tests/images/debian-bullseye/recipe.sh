# tools: buildah debootstrap python3
debian bullseye
finish
