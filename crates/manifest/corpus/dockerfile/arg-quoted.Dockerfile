ARG "A=b c"
ARG B='x'
FROM alpine:$B
