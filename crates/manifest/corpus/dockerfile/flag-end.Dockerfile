FROM alpine
COPY --link --	a b
COPY --link=false a b
COPY --link=TRUE -- --a b
