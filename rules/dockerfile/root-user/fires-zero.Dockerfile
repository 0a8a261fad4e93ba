FROM alpine:3.20
USER app
# fires
USER 0:0
CMD ["/app"]
