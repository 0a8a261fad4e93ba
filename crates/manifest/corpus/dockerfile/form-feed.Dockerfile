FROM alpine
RUN ab  c
COPY abc d
