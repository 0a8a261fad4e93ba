FROM alpine:3.20
# fires
RUN wget http://example.com/tool.tgz && tar xf tool.tgz
# fires
RUN curl -fsSLo t http://example.com/t
