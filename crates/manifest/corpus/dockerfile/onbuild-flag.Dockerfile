FROM alpine
ONBUILD --x RUN a
