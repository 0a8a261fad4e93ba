FROM debian:12
RUN apt-get update && apt-get -y upgrade && apt-get install -y dist-upgrade-tool
