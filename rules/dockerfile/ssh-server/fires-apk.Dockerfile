FROM alpine:3.20
# fires
RUN apk add --no-cache openssh=9.7_p1-r0
