FROM debian:12
RUN curl -fsSL https://example.com/k -okernel && wget -q https://example.com/insecure
RUN git config --global http.sslVerify true && git clone https://example.com/k.git
RUN tar -k -xf x && echo "curl -k"
