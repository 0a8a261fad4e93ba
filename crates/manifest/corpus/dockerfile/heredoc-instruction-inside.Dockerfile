FROM alpine
RUN <<EOF
FROM scratch
USER root
EOF
USER app
