# The image of Epistle: Node, what `serve`, `work` and `install` need, and nothing for trying or
# developing. No secret is in it; DATABASE_URL and the other settings (.env.example) come from
# outside.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY openapi/package.json openapi/
# Optional are the embedded PostgreSQL and the npm package `node`, which the base image replaces.
# argon2 brings a binary for this platform, so no compiler is needed.
RUN npm ci --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY db db
COPY src src
# Owned by root and run as the base image's own user: the process cannot change its code.
USER node
EXPOSE 3000
# Liveness, not readiness: what acts on a container's health replaces it, which cures a process that
# is stuck, and does not cure a database that is away. Balancers ask /readyz.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the process that gets the signals: npm and npx do not hand them on.
CMD ["node", "src/main.ts", "serve"]
