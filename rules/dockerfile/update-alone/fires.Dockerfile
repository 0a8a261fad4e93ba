FROM debian:12
# fires
RUN apt-get update
RUN apt-get install -y --no-install-recommends curl
