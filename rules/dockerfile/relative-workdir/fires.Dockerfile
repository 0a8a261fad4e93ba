FROM alpine:3.20
# fires
WORKDIR app
