FROM alpine
RUN <<EOF sh && <<EOT bash
a
EOF
b
EOT
