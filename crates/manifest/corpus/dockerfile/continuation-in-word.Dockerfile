FROM alpine
ENV A=one\
two B=x
