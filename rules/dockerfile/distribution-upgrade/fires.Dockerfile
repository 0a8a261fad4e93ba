FROM debian:12
# fires
RUN apt-get update && apt-get -y dist-upgrade
