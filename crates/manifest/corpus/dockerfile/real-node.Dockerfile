FROM node:20-bookworm-slim AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM deps AS build
COPY . .
RUN npm run build \
 && rm -rf node_modules

FROM gcr.io/distroless/nodejs20-debian12
ENV NODE_ENV=production \
    PORT=3000
COPY --from=build /app/dist /app
USER 65532:65532
EXPOSE ${PORT}
HEALTHCHECK --interval=30s CMD ["/nodejs/bin/node", "/app/health.js"]
CMD ["/app/server.js"]
