# The page and the benchmarks on Mesa's software adapter. Nothing is downloaded when it runs.
#   docker build -t bitcurve .
#   docker run --rm -p 127.0.0.1:4173:4173 bitcurve
#   docker run --rm --network none -v "$PWD/results:/app/results" bitcurve node scripts/cli.mjs reproduce --quick
# The workflow .github/workflows/image.yml pins the digests of both bases.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
ARG BASE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS node

FROM ${BASE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
COPY scripts/image.sh /usr/local/bin/image.sh
RUN image.sh packages
WORKDIR /app
COPY . .
RUN image.sh project /app
ENV VK_ICD_FILENAMES=/usr/share/vulkan/icd.d/lvp_icd.json
EXPOSE 4173
CMD ["node", "scripts/serve.mjs", "--host", "0.0.0.0", "--port", "4173"]
