FROM alpine:3.20
# fires
RUN apk add --no-cache curl
