FROM alpine:3.20
RUN curl -fsSL https://example.com/t -o t && curl http://localhost:8080/ && wget -q http://db.internal/x
HEALTHCHECK CMD curl -f http://web:80/ || exit 1
