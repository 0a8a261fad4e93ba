FROM alpine:3.20 AS build
ENTRYPOINT /app
FROM alpine:3.20
ENTRYPOINT ["/app", "--serve"]
