FROM alpine:3.20
COPY --chmod=755 a /a
COPY a /a
