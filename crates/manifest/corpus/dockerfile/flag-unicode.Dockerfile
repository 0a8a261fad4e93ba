FROM alpine
COPY --from=größe a b
