FROM alpine:3.20
COPY app.conf /etc/app.conf
ADD rootfs.tar.gz /
ADD https://example.com/x.bin /x.bin
ADD git@github.com:example/x.git#v1.0 /x
ADD *.tgz /y/
ADD <<a /a
text
a
