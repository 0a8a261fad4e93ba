FROM alpine:3.20
RUN chmod a-s /usr/bin/x; chmod 2775 /shared; chmod 755 /a; chmod u=rwx,go=rx /b; chmod g+s /c; chmod +t /tmp
RUN find / -perm -4000 -exec chmod u-s {} +
