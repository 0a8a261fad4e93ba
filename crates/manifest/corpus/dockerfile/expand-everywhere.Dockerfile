FROM scratch
ENV D=dir U=app S=SIGTERM P=80
WORKDIR /$D
USER ${U}:${G:-grp}
STOPSIGNAL $S
EXPOSE $P ${P}80/udp 9-10
VOLUME /$D "/x y"
VOLUME ["/$D", "/a b"]
COPY --chown=$U $D/a "b c" /$D/
ADD ["$D/x y", "/to/$D"]
LABEL l=$D
RUN echo $D
CMD echo $D
ENTRYPOINT ["$D"]
