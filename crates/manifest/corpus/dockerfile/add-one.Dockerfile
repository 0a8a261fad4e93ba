FROM alpine
ADD --chown=a b
