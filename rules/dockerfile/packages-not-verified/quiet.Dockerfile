FROM debian:12
RUN echo "deb [signed-by=/usr/share/keyrings/x.gpg] https://example.com/apt stable main" > /etc/apt/sources.list.d/x.list
RUN apt-get install -y tool && git push --force
