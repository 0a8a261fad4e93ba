FROM alpine:3.20 AS base
# fires
USER root
FROM base
CMD ["/app"]
