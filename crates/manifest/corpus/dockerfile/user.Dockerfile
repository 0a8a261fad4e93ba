FROM alpine
USER  app:grp  
USER 0
USER "a b"
