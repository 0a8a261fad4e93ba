FROM alpine:3.20 AS build
COPY .npmrc .git ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci
FROM alpine:3.20
COPY --from=build /out/.env /app/
COPY .env.example .gitignore environment public.pem ca.pem /app/
COPY app /root/.ssh
