# docker build --tag copyloop:0.1.0 .    docs/deploy-containers.md goes through it
FROM node:24-bookworm-slim AS build
WORKDIR /src
# A layer of its own: packages change less often than sources. None needs an install script.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

# Node and its libraries: no shell, no package manager.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
# An inspector that is mounted anywhere finds what it imports: `copyloop`, and zod.
COPY --from=build /src/node_modules /node_modules
COPY --from=build /src/package.json /node_modules/copyloop/package.json
COPY --from=build /src/dist /node_modules/copyloop/dist
# Paths in a config are relative to its own directory, those of flags to this.
WORKDIR /etc/copyloop
# By number, as Kubernetes wants it for runAsNonRoot.
USER 65532:65532
STOPSIGNAL SIGTERM
# For an admin on this port. /readyz needs no token.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:9901/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node is PID 1: nothing between takes its signals.
ENTRYPOINT ["/nodejs/bin/node", "/node_modules/copyloop/dist/cli.js"]
CMD ["run", "-c", "/etc/copyloop/copyloop.yaml"]
