FROM alpine
RUN <<EOF
EOF
CMD x
