FROM alpine:3.20
WORKDIR /app
RUN cd /app && make
RUN (cd x; make)
