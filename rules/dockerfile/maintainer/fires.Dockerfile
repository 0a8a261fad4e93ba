FROM alpine:3.20
# fires
MAINTAINER Somebody <somebody@example.com>
