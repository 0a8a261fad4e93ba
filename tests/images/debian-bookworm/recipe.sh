# tools: buildah debootstrap python3
debian bookworm
finish oci
