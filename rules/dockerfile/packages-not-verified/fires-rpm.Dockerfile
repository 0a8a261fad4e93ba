FROM fedora:40
# fires
RUN dnf install -y --nogpgcheck tool && dnf clean all
