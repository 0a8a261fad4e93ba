FROM alpine
ONBUILD RUN a b
ONBUILD COPY --from=x a b
ONBUILD ENV A=b C=d
onbuild env a b
ONBUILD CMD ["a"]
ONBUILD EXPOSE 80 90
