FROM alpine
\
RUN a
\

