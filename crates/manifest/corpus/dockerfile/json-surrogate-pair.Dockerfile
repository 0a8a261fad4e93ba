FROM alpine
CMD ["\ud83d\ude00"]
