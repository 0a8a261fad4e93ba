FROM alpine:3.20
# fires
COPY id_rsa /root/.ssh/id_rsa
# fires
COPY app .env /app/
# fires
ADD .git /src/.git
# fires
COPY config/.aws/credentials /root/.aws/
# fires
COPY --chown=app tls/server-private.pem /etc/tls/
