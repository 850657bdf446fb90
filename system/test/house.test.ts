/** The rules of the house: which room may import what, no cycles between rooms, and rooms of a readable size. */
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesImportedBy, packagesImportedBy, sources } from './imports.ts';

interface Room {
  files: RegExp;
  /** The files of the house that a file in this room may import, besides its own room. */
  mayImport: RegExp[];
  packages?: string[];
}

const koa = ['koa', '@koa/router'];
const anyShared = /^shared\/src\//;
const forTheGuard = /^shared\/src\/(core\/|oauth\/|upstream\/(fault|outage-status|retry-after)\.ts$)/;
/** Of the guard, what APIs import, and the three files that the resource server shares with it. */
const theGuard =
  /^guard\/src\/(guard|frameworks\/(express|fastify|koa|web)|adapters\/issuer-keys|core\/(dpop-proof|need))\.ts$/;

/** A file belongs to the first room whose pattern matches. */
const rooms: Room[] = [
  // The services.
  {
    files: /^[^/]+\/src\/main\.ts$/,
    mayImport: [/^[^/]+\/src\/(app|config)\.ts$/, anyShared],
  },
  // A setting may name the scopes of the API, which the table of its endpoints has.
  {
    files: /^resource-server\/src\/config\/step-up\.ts$/,
    mayImport: [/^guard\/src\/core\/need\.ts$/, /^resource-server\/src\/http\/endpoints\.ts$/],
    packages: ['zod'],
  },
  {
    files: /^(auth-server|resource-server|webapp)\/src\/config(\.ts$|\/)/,
    mayImport: [/^[^/]+\/src\/core\//, /^shared\/src\/config\//],
    packages: ['zod'],
  },
  {
    files: /^auth-server\/src\/(app\.ts|app\/)/,
    mayImport: [/^auth-server\/src\//, anyShared],
    packages: [...koa, 'koa-compose', 'oidc-provider'],
  },
  { files: /^(resource-server|webapp)\/src\/app(\.ts$|\/)/, mayImport: [/^[^/]+\/src\//], packages: ['koa'] },
  // The guard is a package of its own: of the house it uses only what has no dependency besides zod.
  {
    files: /^guard\/src\/frameworks\//,
    mayImport: [/^guard\/src\/guard\.ts$/, /^shared\/src\/oauth\/incoming-request\.ts$/],
    packages: ['fastify', 'koa'],
  },
  { files: /^guard\/src\/core\//, mayImport: [/^shared\/src\/core\//] },
  { files: /^guard\/src\/http\//, mayImport: [/^guard\/src\/core\//, forTheGuard] },
  {
    files: /^guard\/src\/adapters\//,
    mayImport: [/^guard\/src\/core\//, forTheGuard],
    packages: ['jose', 'zod'],
  },
  { files: /^guard\/src\/guard\.ts$/, mayImport: [/^guard\/src\/(adapters|core|http)\//, forTheGuard] },
  // The shape of an API is the same in a file and at the admin API.
  {
    files: /^auth-server\/src\/core\/apis\/(api-definition|exchange-definition|unknown-members)\.ts$/,
    mayImport: [/^auth-server\/src\/core\//, /^shared\/src\/config\/near-misses\.ts$/],
    packages: ['zod'],
  },
  // So is that of a workload identity.
  {
    files: /^auth-server\/src\/core\/workloads\/workload-identity\.ts$/,
    mayImport: [/^auth-server\/src\/core\//],
    packages: ['zod'],
  },
  // From shared only its core: results, outages and expiring maps.
  { files: /^(auth-server|resource-server|webapp)\/src\/core\//, mayImport: [/^[^/]+\/src\/core\//] },
  {
    files: /^(auth-server|resource-server|webapp)\/src\/http\//,
    mayImport: [/^[^/]+\/src\/(core|http)\//, anyShared, theGuard],
    packages: [...koa, 'zod'],
  },
  {
    files: /^auth-server\/src\/oidc\//,
    mayImport: [/^auth-server\/src\/(core|oidc)\//, anyShared],
    packages: ['oidc-provider', 'koa', 'jose'],
  },
  {
    files: /^auth-server\/src\/stores\/postgres\//,
    mayImport: [
      /^auth-server\/src\/core\//,
      /^auth-server\/src\/stores\/(postgres\/|stores\.ts$)/,
      anyShared,
    ],
    packages: ['jose', 'kysely', 'kysely/migration', 'pg', 'pg-connection-string'],
  },
  {
    files: /^auth-server\/src\/stores\//,
    mayImport: [/^auth-server\/src\/(core|stores)\//, anyShared],
  },
  {
    files: /^auth-server\/src\/commands\//,
    mayImport: [
      /^auth-server\/src\/(core|stores|commands)\//,
      /^auth-server\/src\/config\/database-settings\.ts$/,
      anyShared,
    ],
    packages: ['zod'],
  },
  {
    files: /^(auth-server|resource-server|webapp)\/src\/adapters\//,
    mayImport: [/^[^/]+\/src\/(core|adapters)\//, anyShared, theGuard],
    packages: ['jose', 'oauth4webapi', 'zod'],
  },
  // Code that at least two services import.
  { files: /^shared\/src\/core\//, mayImport: [] },
  { files: /^shared\/src\/config\//, mayImport: [], packages: ['proxy-addr', 'zod'] },
  {
    files: /^shared\/src\/telemetry\/tracing\/otlp\.ts$/,
    mayImport: [/^shared\/src\/telemetry\//],
    packages: ['@opentelemetry/*'],
  },
  {
    files: /^shared\/src\/telemetry\/error-reports\//,
    mayImport: [/^shared\/src\/telemetry\//],
    packages: ['@sentry/core', '@sentry/core/server'],
  },
  { files: /^shared\/src\/telemetry\//, mayImport: [], packages: ['pino', 'pino-pretty', 'prom-client'] },
  {
    files: /^shared\/src\/upstream\//,
    mayImport: [/^shared\/src\/(core|telemetry)\//],
    packages: ['cockatiel', 'got', 'zod'],
  },
  {
    files: /^shared\/src\/oauth\//,
    mayImport: [/^shared\/src\/core\//],
    packages: ['jose', 'zod'],
  },
  {
    files: /^shared\/src\/http\//,
    mayImport: [/^shared\/src\/(core|telemetry|upstream|oauth)\//],
    packages: [...koa, 'proxy-addr', 'raw-body', 'zod'],
  },
  {
    files: /^shared\/src\/lifecycle\//,
    mayImport: [/^shared\/src\/(config|telemetry|http)\//],
    packages: ['zod'],
  },
  // Runs and tests the three services together. It may import the services; nothing imports it.
  {
    files: /^system\/doctor\//,
    mayImport: [
      /^shared\/src\/(config|core|oauth)\//,
      /^system\/start\/(start-settings|service-faults)\.ts$/,
      /^auth-server\/src\/config\/apis-file\.ts$/,
    ],
    packages: ['jose', 'zod'],
  },
  {
    files: /^system\/start\//,
    mayImport: [/^[^/]+\/src\/config\.ts$/, /^shared\/src\/(config|lifecycle|telemetry)\//],
    packages: ['zod'],
  },
  {
    files: /^system\/e2e\/guard\//,
    mayImport: [theGuard, /^shared\/test\//, /^system\/e2e\//],
    packages: [...koa, 'express', 'fastify', 'oauth4webapi', 'openid-client', 'vitest'],
  },
  {
    files: /^system\/(bench|e2e|examples|faults|proxies)\/|^system\/processes\.ts$/,
    mayImport: [/^(auth-server|resource-server|webapp)\//, /^shared\//, /^system\//],
    packages: [
      ...koa,
      '@modelcontextprotocol/client',
      'autocannon',
      'jose',
      'oauth4webapi',
      'oidc-provider',
      'openid-client',
      'playwright-core',
      'vitest',
      'vitest/node',
      'zod',
    ],
  },
];

const services = ['auth-server', 'resource-server', 'webapp'];

describe.each(sources)('%s', (file) => {
  const room = rooms.find(({ files }) => files.test(file));

  test('is in a room, and imports only what its room may', () => {
    expect(room, 'every file is in a room').toBeDefined();
    const foreign = filesImportedBy(file).filter(
      (imported) =>
        !(room?.files.test(imported) && imported.split('/')[0] === file.split('/')[0]) &&
        !room?.mayImport.some((allowed) => allowed.test(imported)),
    );
    expect(foreign).toEqual([]);
    const unknown = packagesImportedBy(file).filter(
      (name) =>
        !room?.packages?.some((allowed) =>
          allowed.endsWith('/*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed,
        ),
    );
    expect(unknown).toEqual([]);
  });

  test('imports no other service', () => {
    const [own = ''] = file.split('/');
    if (!services.includes(own)) return;
    const others = filesImportedBy(file).filter((imported) => !imported.startsWith(`${own}/`));
    const common = own === 'resource-server' ? [anyShared, theGuard] : [anyShared];
    expect(others.filter((imported) => !common.some((one) => one.test(imported)))).toEqual([]);
  });
});

const imports = sources.flatMap((file) => filesImportedBy(file).map((imported) => ({ file, imported })));

test('there is no cycle between files, and none between rooms', () => {
  expect([...foldersOf(sources)].flatMap(cyclesIn)).toEqual([]);
});

test('the fast path is imported only through its one door', () => {
  const room = 'auth-server/src/oidc/fast-path/';
  const entering = imports.filter(
    ({ file, imported }) => !file.startsWith(room) && imported.startsWith(room),
  );
  expect(new Set(entering.map(({ imported }) => imported))).toEqual(new Set([`${room}fast-path.ts`]));
});

test('a room has at most 20 files at one level', () => {
  const counts = Map.groupBy(sources, dirname);
  expect([...counts].filter(([, files]) => files.length > 20).map(([folder]) => folder)).toEqual([]);
});

test('no two files of a workspace have the same name, except stores that implement one port', () => {
  const files = sources.filter((file) => !/^auth-server\/src\/stores\/(memory|postgres)\//.test(file));
  const names = Map.groupBy(files, (file) => `${file.split('/')[0]}: ${file.split('/').at(-1)}`);
  expect([...names.values()].filter((same) => same.length > 1)).toEqual([]);
});

test('each store in memory has a twin of the same name in PostgreSQL', () => {
  const inMemory = sources.filter((file) => file.startsWith('auth-server/src/stores/memory/'));
  const twins = inMemory.map((file) => file.replace('/memory/', '/postgres/'));
  expect(twins.filter((twin) => !sources.includes(twin))).toEqual([]);
});

/** Files that npm scripts and containers run, and that nothing imports. */
const entryPoints = ['npm-start.js', 'right-node.js', 'healthcheck.ts'].map(
  (name) => `shared/src/lifecycle/${name}`,
);

test.each(sources.filter((file) => anyShared.test(file) && !entryPoints.includes(file)))(
  '%s is used by at least two services, or by one and by system',
  (file) => {
    const users: string[] = services.filter((service) => reachedFrom(service).has(file));
    const drives = imports.some((it) => it.imported === file && it.file.startsWith('system/'));
    expect(users.length + (drives ? 1 : 0)).toBeGreaterThan(1);
  },
);

/** The files of a service, and all that they import, directly or not. */
function reachedFrom(service: string): Set<string> {
  const reached = new Set(sources.filter((file) => file.startsWith(`${service}/`)));
  for (const file of reached) for (const imported of filesImportedBy(file)) reached.add(imported);
  return reached;
}

function foldersOf(files: string[]): Set<string> {
  const folders = files.flatMap((file) => {
    const names = file.split('/').slice(0, -1);
    return names.map((_, depth) => names.slice(0, depth).join('/'));
  });
  return new Set([...folders, ...files.map(dirname)]);
}

/** The imports that form cycles between the entries of a folder, which are files or folders. */
function cyclesIn(folder: string): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const nameIn = (file: string) => file.slice(prefix.length).split('/')[0] ?? '';
  const inside = imports.filter(
    ({ file, imported }) =>
      file.startsWith(prefix) && imported.startsWith(prefix) && nameIn(file) !== nameIn(imported),
  );
  const next = Map.groupBy(inside, ({ file }) => nameIn(file));
  const reachable = (start: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [start];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      for (const { imported } of next.get(name) ?? []) {
        if (seen.has(nameIn(imported))) continue;
        seen.add(nameIn(imported));
        waiting.push(nameIn(imported));
      }
    }
    return seen;
  };
  return inside
    .filter(({ file, imported }) => reachable(nameIn(imported)).has(nameIn(file)))
    .map(({ file, imported }) => `${file} -> ${imported}`);
}
