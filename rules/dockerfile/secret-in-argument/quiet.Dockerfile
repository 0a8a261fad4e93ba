FROM alpine:3.20
ARG GITHUB_TOKEN
ARG PASSWORD_FILE=/run/secrets/password
RUN --mount=type=secret,id=token,env=TOKEN ./fetch
