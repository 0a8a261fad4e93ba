FROM alpine:3.20
# fires
RUN chmod -R 777 /app
RUN mkdir /data && \
    # fires
    chmod a+rwx /data
