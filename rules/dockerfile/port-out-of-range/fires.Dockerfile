FROM alpine:3.20
# fires
EXPOSE 80 65536
# fires
EXPOSE 0
# fires
EXPOSE http
# fires
EXPOSE 80/http
