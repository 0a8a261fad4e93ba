FROM alpine:3.20
# fires
RUN curl -H "Authorization: token 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" https://api.github.com/user
# fires
LABEL token=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
COPY <<config /etc/config
user: me
# fires
token: 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
config
