FROM debian:12
# fires
RUN echo "root:toor" | chpasswd
# fires
RUN useradd -m -p '$6$x$y' app
