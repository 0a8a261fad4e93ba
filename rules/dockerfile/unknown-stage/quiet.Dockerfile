FROM golang:1.22 AS builder
FROM alpine:3.20
COPY --from=Builder /app /app
COPY --from=0 /app /b
COPY --from=nginx:1.27 /etc/nginx /etc/nginx
COPY --from=ghcr.io/example/tool /t /t
COPY a b
