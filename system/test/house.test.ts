/** The import rules of the house: which room may import what. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

/** What a file in each room may import, besides Node's own modules and its own room. */
const rooms: [room: RegExp, mayImport: RegExp[]][] = [
  [/^[^/]+\/src\/core\//, []],
  [
    /^auth-server\/src\/http\/admin\//,
    [
      /^\.\.\/\.\.\/core\//,
      /^\.\.\/outages\.ts$/,
      /^\.\.\/pages\/html\.ts$/,
      /^shared\//,
      /^koa$/,
      /^@koa\/router$/,
      /^zod$/,
    ],
  ],
  [
    /^(auth-server|resource-server|webapp)\/src\/http\//,
    [
      /^(\.\.\/)+core\//,
      /^\.\.\/outages\.ts$/,
      /^\.\/pages\//,
      /^shared\//,
      /^koa$/,
      /^@koa\/router$/,
      /^zod$/,
    ],
  ],
  [/^auth-server\/src\/oidc\//, [/^\.\.\/core\//, /^shared\//, /^oidc-provider$/, /^koa$/, /^jose$/]],
  // Commands of an operator, which put together the few parts that they need.
  [
    /^auth-server\/src\/(ask-credentials|create-admin|migrate)\.ts$/,
    [/^\.\/(core|stores)\//, /^shared\//, /^zod$/],
  ],
  [
    /^auth-server\/src\/stores\/postgres\//,
    [
      /^(\.\.\/)+core\//,
      /^\.\.\/stores\.ts$/,
      /^\.\/migrations\//,
      /^shared\//,
      /^jose$/,
      /^kysely(\/migration)?$/,
      /^pg$/,
    ],
  ],
  [/^[^/]+\/src\/(stores|adapters)\//, [/^\.\.\/core\//, /^shared\//, /^jose$/, /^oauth4webapi$/, /^zod$/]],
  [
    /^(auth-server|resource-server|webapp)\/src\/main\.ts$/,
    [/^\.\/app\.ts$/, /^\.\/config\.ts$/, /^shared\//],
  ],
  [/^(auth-server|resource-server|webapp)\/src\/app\.ts$/, [/^\.\//, /^shared\//, /^koa$/]],
  // The parts of a composition root that has grown too long for one file.
  [/^auth-server\/src\/app\//, [/^\.\.\//, /^shared\//, /^koa$/, /^oidc-provider$/]],
  [
    /^(auth-server|resource-server|webapp)\/src\/config\.ts$/,
    [/^shared\/config\.ts$/, /^zod$/, /^\.\/core\//],
  ],
  [/^shared\/src\/upstream\//, [/^\.{1,2}\//, /^cockatiel$/, /^got$/, /^zod$/]],
  [/^shared\/src\/tracing\/otlp\.ts$/, [/^\.\//, /^@opentelemetry\//]],
  [/^shared\/src\/error-reports/, [/^\.{1,2}\//, /^@sentry\/core(\/server)?$/]],
  [/^shared\/src\/metrics\.ts$/, [/^prom-client$/]],
  [/^shared\/src\/doctor\//, [/^\.{1,2}\//, /^jose$/, /^zod$/]],
  [
    /^shared\/src\//,
    [/^\.{1,2}\//, /^koa$/, /^@koa\/router$/, /^pino$/, /^pino-pretty$/, /^raw-body$/, /^zod$/],
  ],
];

const sources = ['auth-server', 'resource-server', 'webapp', 'shared'].flatMap((workspace) =>
  readdirSync(new URL(`${workspace}/src/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${workspace}/src/${file}`),
);

test.each(sources)('%s imports only what its room may', (file) => {
  const room = rooms.find(([pattern]) => pattern.test(file));
  expect(room, 'every file is in a room').toBeDefined();
  const foreign = importsOf(file).filter(
    (specifier) =>
      !/^(node:|\.\/[^/]+$)/.test(specifier) && !room?.[1].some((allowed) => allowed.test(specifier)),
  );
  expect(foreign).toEqual([]);
});

function importsOf(file: string): string[] {
  const source = readFileSync(new URL(file, root), 'utf8');
  return [
    ...source.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm),
  ].map((match) => String(match[1] ?? match[2] ?? match[3]));
}
