FROM debian:12 AS build
USER app
# fires
FROM alpine:3.20
COPY --from=build /app /app
CMD ["/app"]
