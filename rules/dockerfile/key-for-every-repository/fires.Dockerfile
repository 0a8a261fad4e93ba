FROM debian:12
# fires
RUN curl -fsSL https://example.com/key.asc | apt-key add -
# fires
RUN curl -s http://example.com/key.asc | gpg --dearmor -o /etc/apt/keyrings/x.gpg
# fires
RUN gpg --keyserver keys.example.com --recv-keys 0A1B2C3D
