FROM debian:12
# fires
RUN apt-get install -y --allow-unauthenticated tool
# fires
RUN echo "deb [trusted=yes] https://example.com/apt stable main" > /etc/apt/sources.list.d/x.list
