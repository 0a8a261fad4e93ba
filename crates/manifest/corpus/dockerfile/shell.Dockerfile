FROM alpine
SHELL ["/bin/sh","-o","pipefail","-c"]
RUN a | b
