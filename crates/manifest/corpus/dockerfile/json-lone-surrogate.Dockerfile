FROM alpine
CMD ["\ud83d"]
