FROM debian:12
RUN curl -fsSL https://example.com/key.asc | gpg --dearmor -o /etc/apt/keyrings/x.gpg
RUN gpg --recv-keys 0123456789ABCDEF0123456789ABCDEF01234567 && apt-key list
