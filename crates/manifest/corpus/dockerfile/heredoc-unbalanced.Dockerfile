FROM alpine
RUN echo "a <<EOF
CMD x
