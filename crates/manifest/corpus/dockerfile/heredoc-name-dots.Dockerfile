FROM alpine
COPY <<my-file.conf /etc/
a=b
my-file.conf
