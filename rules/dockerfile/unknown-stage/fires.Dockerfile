FROM golang:1.22 AS builder
RUN go build -o /app .
FROM alpine:3.20
# fires
COPY --from=build /app /app
# fires
COPY --from=3 /x /x
