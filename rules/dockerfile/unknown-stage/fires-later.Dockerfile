FROM alpine:3.20
# fires
COPY --from=late /x /x
FROM alpine:3.20 AS late
