FROM alpine
RUN echo # not a comment
ENV A=b # c=d
