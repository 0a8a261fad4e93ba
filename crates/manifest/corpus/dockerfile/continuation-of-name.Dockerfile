FROM alpine
RU\
N echo a
