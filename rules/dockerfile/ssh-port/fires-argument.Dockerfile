FROM alpine:3.20
ARG SSH=22
# fires
EXPOSE $SSH/tcp
