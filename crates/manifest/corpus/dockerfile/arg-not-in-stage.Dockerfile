ARG A=1
FROM scratch
ENV B=x$A
