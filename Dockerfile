# The production image: Node and what `serve`, `work` and `install` need, without development tools and
# without the embedded PostgreSQL. It contains no secrets; DATABASE_URL and the other settings
# (.env.example) come from the environment.

# The base image has the version of the npm package `node` in package-lock.json. To pin its bytes as well, add the
# digest that `docker buildx imagetools inspect node:24.21.0-slim` prints: `node:24.21.0-slim@sha256:…`.
FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY openapi/package.json openapi/
# The optional packages are the embedded PostgreSQL and the npm package `node`; production needs neither.
# argon2 ships a binary for this platform, so no compiler is needed.
RUN npm ci --omit=dev --omit=optional

FROM node:24.21.0-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY db db
COPY src src
# Browsers get the client with the chat (WEB_CHAT=on).
COPY openapi/client.ts openapi/
COPY openapi/client openapi/client
# For the ledger of erasures (FORGET_LEDGER), where a volume is mounted. Nothing else is written, so the root file system
# can be read-only.
RUN install -d -o node -g node /var/lib/epistle
# The files belong to root and the process runs as the base image's user, so it cannot change its code.
USER node
EXPOSE 3000
# Liveness, not readiness: an unhealthy container is replaced, which helps when the process is stuck but
# not when the database is down. Load balancers should use /readyz. A worker has these paths on its ADMIN_PORT.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# A server or worker finishes what runs within SHUTDOWN_SECONDS (10), so give the container more time to stop.
STOPSIGNAL SIGTERM
# Start Node directly, because npm and npx do not forward signals.
CMD ["node", "src/main.ts", "serve"]
