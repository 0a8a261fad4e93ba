FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl
RUN apt-get -qq update; apt-get -y upgrade
RUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update
RUN <<EOF
apt-get update
apt-get install -y curl
EOF
