FROM alpine:3.20
# fires
RUN --network=host npm ci
