ARG G=1
ARG H
FROM alpine:$G
ARG G
ARG H
ARG I=$G J="a b" K
ARG L=${I:-x}
ENV V="$G$H$I$J$K$L"
ENV W=$I
