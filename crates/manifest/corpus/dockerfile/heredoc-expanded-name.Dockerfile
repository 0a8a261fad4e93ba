FROM alpine
RUN cat <<a${B:-c}
x
a${B:-c}
