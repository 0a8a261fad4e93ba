FROM debian:12
# fires
RUN sudo apt-get update && \
    # fires
    sudo apt-get install -y --no-install-recommends curl
RUN <<EOF
set -e
# fires
A=b sudo -E make install
EOF
