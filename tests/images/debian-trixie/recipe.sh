# tools: buildah debootstrap python3
debian trixie
finish
