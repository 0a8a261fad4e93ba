FROM alpine
hello
world
