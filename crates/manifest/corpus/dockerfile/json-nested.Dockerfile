FROM alpine
RUN [["a"]]
