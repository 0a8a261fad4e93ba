FROM alpine
RUN cat <<"
x
"
