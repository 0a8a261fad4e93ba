FROM alpine:3.20
# fires
ADD app.conf /etc/app.conf
# fires
ADD --chown=1000 src/ lib /app/
