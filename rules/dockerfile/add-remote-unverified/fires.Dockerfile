FROM alpine:3.20
ARG VERSION=1.2
# fires
ADD https://example.com/tool-${VERSION}.tgz /opt/
# fires
ADD ["http://example.com/a b", "/b"]
