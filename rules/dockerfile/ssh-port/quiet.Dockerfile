FROM alpine:3.20 AS build
EXPOSE 22
FROM alpine:3.20
EXPOSE 2222 8022/tcp 22/udp
