FROM alpine:3.20
RUN chmod 755 /app && chmod +x /a && chmod 1777 /tmp && chmod u+w,g+w /x && chmod -R g=u /y && chmod g+rwX /z
RUN echo chmod 777 /a
