FROM alpine:3.20
ARG DIR=app
# fires
WORKDIR ${DIR}/x
