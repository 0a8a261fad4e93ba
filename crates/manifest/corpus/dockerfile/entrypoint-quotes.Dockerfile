FROM alpine
ENTRYPOINT "a b" c
CMD 'x'
