FROM alpine
CMD ["a", \
  # no
  "b" \
 ]
