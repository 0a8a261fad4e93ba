FROM alpine
HEALTHCHECK --interval=x NONE
