FROM alpine:3.20
# fires
RUN cd /app
# fires
RUN make && cd /srv
