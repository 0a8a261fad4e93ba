FROM alpine:3.20
ARG UID=0
# fires
USER $UID
