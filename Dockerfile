# One image for the three services; compose.yaml says which one a container runs.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
COPY auth-server/package.json auth-server/
COPY resource-server/package.json resource-server/
COPY webapp/package.json webapp/
COPY guard/package.json guard/
COPY shared/package.json shared/
COPY system/package.json system/
# Without scripts: the only one installs a Node.js, which the image has.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY guard/src guard/src
COPY shared/src shared/src
COPY auth-server/src auth-server/src
COPY resource-server/src resource-server/src
COPY webapp/src webapp/src
COPY system/doctor system/doctor
COPY system/start system/start
USER node
