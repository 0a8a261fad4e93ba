FROM alpine
RUN ["a", "b c", "d\"e", "\u00e9\n\t\/"]
CMD []
ENTRYPOINT [ ]
SHELL ["/bin/bash", "-c"]
COPY ["a b", "c"]
COPY --from=x ["a", "b"]
VOLUME ["/a","/b"]
HEALTHCHECK CMD ["a","b"]
