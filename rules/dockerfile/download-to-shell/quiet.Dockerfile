FROM debian:12
RUN curl -fsSLo i.sh https://example.com/i.sh && echo "0a  i.sh" | sha256sum -c && sh i.sh
RUN curl -s https://example.com/x.tgz | tar xz && echo "curl x | sh"
RUN curl -s https://example.com/v > v; sh build.sh
RUN VERSION=$(curl -s https://example.com/v) sh build.sh
