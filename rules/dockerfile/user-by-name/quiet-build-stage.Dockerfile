FROM alpine:3.20 AS build
USER builder
FROM alpine:3.20
USER 1000
