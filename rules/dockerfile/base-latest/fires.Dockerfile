# fires
FROM debian AS build
# fires
FROM node:latest
COPY --from=build /a /a
