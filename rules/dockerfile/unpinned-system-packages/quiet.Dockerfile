FROM debian:12
ARG CURL=8.5.0-2
RUN apt-get install -y --no-install-recommends curl=$CURL wget=1.21* ./local.deb -o Dpkg::Options::=--force-confold
RUN apt-get install -y -t bookworm-backports curl=1
