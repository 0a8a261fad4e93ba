# fires
FROM debian:12 AS build
# fires
FROM alpine:3.20
