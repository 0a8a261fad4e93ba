FROM alpine
USER --x a
