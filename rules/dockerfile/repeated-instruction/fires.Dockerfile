FROM alpine:3.20
# fires
CMD ["a"]
# fires
ENTRYPOINT ["b"]
CMD ["c"]
ENTRYPOINT ["d"]
