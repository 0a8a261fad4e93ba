


FROM alpine


RUN true

