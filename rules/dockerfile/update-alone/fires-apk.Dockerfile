FROM alpine:3.20
# fires
RUN apk update && echo done
