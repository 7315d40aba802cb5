# The image of every role: Node 26, the built files and what they need at run time, nothing else.
# BUILD_BASE needs Node 26, npm and a shell; BASE needs Node 26 alone. `npm run image` builds both from this machine,
# for places that reach no registry of images.
ARG BUILD_BASE=node:26-slim
ARG BASE=node:26-slim

FROM ${BUILD_BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --prefer-offline --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY router router
COPY certs certs
# The Node that comes by npm is for developers (docs/adr/0001): the image has its own.
RUN npm run -s build && npm prune --ignore-scripts --offline --no-audit --no-fund --omit=dev --omit=optional

FROM ${BASE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /build/package.json package.json
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]
