FROM alpine
RUN --mount=type=cache,target=$X,from=a$ true
