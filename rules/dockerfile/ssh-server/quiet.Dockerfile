FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends openssh-client && apt-get purge -y openssh-server
