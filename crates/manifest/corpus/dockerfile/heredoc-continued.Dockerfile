FROM alpine
RUN a \
  <<EOF \
  b
body \
EOF
CMD x
