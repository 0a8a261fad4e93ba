FROM alpine:3.20
# fires
RUN chmod u+s /usr/bin/tool
# fires
RUN chown root /t && chmod 4755 /t
# fires
RUN install -m 4755 t /usr/bin/t
