FROM alpine
COPY --chown=a\ b --from='x y' --chmod="7"55 a b
