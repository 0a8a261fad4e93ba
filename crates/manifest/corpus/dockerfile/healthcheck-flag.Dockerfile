FROM alpine
HEALTHCHECK --time=3s CMD a
