FROM alpine
RUN ["a", "b"
RUN ['a', "b"]
CMD ["a",]
RUN [ -f x ] && y
CMD ["a"] x
ENTRYPOINT [a]
COPY [ a b
RUN ["\x"]
