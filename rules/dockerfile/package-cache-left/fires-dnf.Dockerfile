FROM fedora:40
# fires
RUN dnf install -y curl
