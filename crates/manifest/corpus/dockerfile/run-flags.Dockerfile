FROM alpine
RUN --mount=type=cache,target=/root/.cache --mount=type=secret,id=a,required --network=none --security=insecure make
RUN --mount=type=bind,from=x,source=/a,target=/b true
RUN -- --mount=x
RUN --network=host
RUN --mount="type=tmpfs,target=/a b" x
RUN --mount=type=ssh ssh x
