FROM alpine
RUN --mont=x true
