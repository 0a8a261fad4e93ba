FROM alpine:3.20
RUN apk add --no-cache 'curl>8' wget=1.24-r0 git~2.45
RUN apk add --no-cache --virtual .build gcc=13
