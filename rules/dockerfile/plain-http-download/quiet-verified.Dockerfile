FROM alpine:3.20
RUN wget http://example.com/t && echo "0a  t" | sha256sum -c -
