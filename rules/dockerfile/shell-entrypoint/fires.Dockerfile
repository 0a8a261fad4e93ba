FROM alpine:3.20
# fires
ENTRYPOINT /app --serve
