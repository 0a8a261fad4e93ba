FROM alpine
RUN --mount=from=$X,target=/a true
