#syntax=a/b
#escape=\
FROM alpine
