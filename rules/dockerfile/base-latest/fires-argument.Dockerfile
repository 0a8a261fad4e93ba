ARG TAG=latest
# fires
FROM alpine:${TAG}
