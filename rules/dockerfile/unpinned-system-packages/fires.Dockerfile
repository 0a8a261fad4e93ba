FROM debian:12
# fires
RUN apt-get install -y --no-install-recommends curl=8.5.0-2 wget
