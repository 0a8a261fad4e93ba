FROM debian:12
RUN echo "app ALL=(ALL) ALL" >> /etc/sudoers.d/app
