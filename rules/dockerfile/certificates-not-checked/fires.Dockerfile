FROM debian:12
# fires
RUN curl -k https://example.com/x -o x
# fires
RUN curl -fsSLk https://example.com/x
# fires
RUN wget --no-check-certificate https://example.com/x
# fires
RUN git -c http.sslVerify=false clone https://example.com/x.git
# fires
RUN git config --global http.sslVerify false
# fires
RUN npm config set strict-ssl false && npm ci
