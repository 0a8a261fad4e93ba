FROM alpine:3.20
# fires
COPY --chmod=777 a /a
# fires
ADD --chmod=0666 https://example.com/a /a
