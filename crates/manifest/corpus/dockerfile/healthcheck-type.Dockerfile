FROM alpine
HEALTHCHECK curl x
