FROM alpine:3.20
# fires
ARG NPM_TOKEN
RUN npm ci
# fires
ENV DB_PASSWORD=hunter2hunter2
# fires
ARG A_SECRET AWS_SECRET_ACCESS_KEY=
