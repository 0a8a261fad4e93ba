FROM debian:12
# fires
RUN echo "app ALL=(ALL) NOPASSWD:ALL" >> /etc/sudoers
USER 1000
