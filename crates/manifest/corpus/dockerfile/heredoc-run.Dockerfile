FROM alpine
RUN <<EOF
echo a
  echo b

# no comment
EOF
RUN cat <<EOF > /x && echo done
$A \
line
EOF
CMD x
