FROM debian:12
# fires
RUN apt-get update && apt-get install -y --no-install-recommends openssh-server
