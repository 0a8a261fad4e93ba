FROM alpine
# a \
RUN true
