FROM debian:12
# fires
RUN curl -fsSL https://example.com/install.sh | sh
# fires
RUN wget -qO- https://example.com/i | tee /tmp/i | sudo -E bash -s -- --yes
# fires
RUN bash -c "$(curl -fsSL https://example.com/i)"
# fires
RUN bash <(curl -s https://example.com/i)
RUN set -e; \
    cd /tmp; \
    # fires
    eval "$(wget -O - https://example.com/i)"
RUN <<EOF
# fires
curl -s https://example.com/i | bash
EOF
