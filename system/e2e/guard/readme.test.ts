/** Every block of code in the guard's README does what the README says, with the real issuer. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import express from 'express';
import { createGuard } from 'guard';
import { protect } from 'guard/express';
import { freePort, serve } from 'shared/test/serve.ts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { commandsOf, textOf } from '../documents/pages.ts';
import { type System, startedSystem } from '../system.ts';
import { aliceToken, revoke, shop } from './orders-system.ts';
import { guardFolder, ownRepository, type Repository } from './own-repository.ts';

/** The ports in the README, and those that the test uses instead. */
const ports = {
  5001: await freePort(),
  8001: await freePort(),
  8002: await freePort(),
  8003: await freePort(),
};
const readme = Object.entries(ports).reduce(
  (text, [port, free]) => text.replaceAll(new RegExp(`\\b${port}\\b`, 'g'), String(free)),
  textOf('guard/README.md'),
);
const issuer = `http://localhost:${ports[5001]}`;
const api = `http://localhost:${ports[8001]}`;

const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) =>
    String(code),
  );
/** The code of the README by the name of its file, which is in its first line. */
const files: Record<string, string> = Object.fromEntries(
  blocks('js').map((code) => [code.match(/^\/\/ (\S+)\n/)?.[1], code]),
);
const [apis = '', clients = '', nextApis = '', chainClients = ''] = blocks('json');

const frameworks = ['express.js', 'koa.js', 'fastify.js', 'hono.js'];
const guards = ['guard.js', 'guard-locally.js', 'guard-own.js', 'guard-step-up.js'];
const packages = ['jose', 'zod', 'express', 'koa', '@koa/router', 'fastify', 'hono', '@hono/node-server'];

let own: Repository;
let system: System;
beforeAll(async () => {
  own = ownRepository(guardFolder, ...packages);
  for (const [name, code] of Object.entries(files)) own.write(name, code);
  own.write('apis.json', JSON.stringify([...JSON.parse(apis), ...JSON.parse(nextApis)]));
  own.write('clients.json', JSON.stringify([...allClients(), shop('orders:read orders:write stock:read')]));
  system = await startedSystem({
    AUTH_SERVER_PORT: String(ports[5001]),
    APIS_FILE: join(own.folder, 'apis.json'),
    CLIENTS_FILE: join(own.folder, 'clients.json'),
  });
});
afterAll(async () => {
  await system.stop();
  own.remove();
});

/** The clients of the README: of one that it shows twice, the later one. */
function allClients(): object[] {
  const all: { client_id: string }[] = [...JSON.parse(clients), ...JSON.parse(chainClients)];
  return [...new Map(all.map((client) => [client.client_id, client])).values()];
}

/** Starts an API of the README until the test is finished. */
async function start(framework: string, guard = 'guard.js', code = files[guard]): Promise<void> {
  own.write('guard.js', String(code));
  const child = spawn(process.execPath, [framework], {
    cwd: own.folder,
    env: { ORDERS_API_SECRET: 'a-long-random-value' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  await vi.waitFor(() => fetch(`${api}/count`), { timeout: 10_000, interval: 20 });
}

const get = (path: string, token?: string) =>
  fetch(`${api}${path}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

test('every block is known to this test', () => {
  expect(Object.keys(files).sort()).toEqual([...frameworks, ...guards, 'next-api.js'].sort());
  expect(blocks('json')).toHaveLength(4);
  expect(readme.match(/^```\w+$/gm)).toHaveLength(Object.keys(files).length + 4);
});

describe.each(frameworks)('%s', (framework) => {
  test("lets a user's token pass, refuses any other, and answers with its metadata", async () => {
    await start(framework);
    const response = await get('/orders', await aliceToken(issuer));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ of: expect.any(String) });
    const refused = await get('/orders');
    expect(refused.status).toBe(401);
    const url = /resource_metadata="([^"]+)"/.exec(String(refused.headers.get('www-authenticate')))?.[1];
    const metadata = await fetch(String(url));
    expect(await metadata.json()).toMatchObject({ resource: api, authorization_servers: [issuer] });
    expect((await get('/orders', 'none')).status).toBe(401);
    expect((await get('/orders', await aliceToken(issuer, 'orders:write'))).status).toBe(403);
  });

  test('does what the commands show', async () => {
    await start(framework);
    const shown = execFileSync('sh', ['-c', commandsOf(readme).join('\n')], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(shown).toMatch(/^HTTP\/1.1 401 /);
    expect(shown).toMatch(/\{"count":7\}$/);
  });
});

test.each([
  ['guard.js', 401],
  ['guard-locally.js', 200],
])('with %s a revoked token is answered %i', async (guard, status) => {
  await start('express.js', guard);
  const token = await aliceToken(issuer);
  expect((await get('/orders', token)).status).toBe(200);
  await revoke(issuer, token);
  expect((await get('/orders', token)).status).toBe(status);
});

test('with guard-own.js the function decides, and its outage is answered 503', async () => {
  const statuses: Record<string, number> = { '/sessions/good': 200, '/sessions/down': 500 };
  await serve(({ url = '' }, response) => {
    response.writeHead(statuses[url] ?? 404).end(JSON.stringify({ user: 'alice', scope: 'orders:read' }));
  }, ports[8002]);
  await start('express.js', 'guard-own.js');
  const good = await get('/orders', 'good');
  expect([good.status, await good.json()]).toEqual([200, { of: 'alice' }]);
  expect((await get('/orders', 'bad')).status).toBe(401);
  expect((await get('/orders', 'down')).status).toBe(503);
});

test.each([
  ['as it is, a sign-in with a password passes', (code: string) => code, 200, null],
  [
    'for another class, the client is told which',
    (code: string) => code.replace('acr:pwd', 'acr:mfa'),
    401,
    /error="insufficient_user_authentication".* acr_values="urn:time-chain:acr:mfa", max_age="300"/,
  ],
] as const)('with guard-step-up.js %s', async (_, changed, status, challenge) => {
  const route =
    "app.get('/changes', protect(guard, { scope: 'orders:write' }), (_, response) => response.json({}));";
  own.write('changing.js', String(files['express.js']).replace(/^app\.listen/m, `${route}\napp.listen`));
  await start('changing.js', 'guard-step-up.js', changed(String(files['guard-step-up.js'])));
  const response = await get('/changes', await aliceToken(issuer, 'orders:write'));
  expect(response.status).toBe(status);
  expect(response.headers.get('www-authenticate') ?? '').toMatch(challenge ?? /^$/);
  expect((await get('/orders', await aliceToken(issuer))).status).toBe(200);
});

describe('next-api.js', () => {
  /** Starts the API with a route that calls the next one, which answers with its caller. */
  async function startChain(): Promise<void> {
    const stock = createGuard({
      resource: `http://localhost:${ports[8003]}`,
      issuer,
      tokens: { clientId: 'stock-api', clientSecret: 'one-more-long-random-value' },
    });
    const stockApi = express();
    stockApi.get('/stock', protect(stock, { scope: 'stock:read' }), (request, response) => {
      response.json(request.caller);
    });
    await serve(stockApi, ports[8003]);
    const route = `app.get('/stock', protect(guard), async (request, response) => {
      response.json(await stockFor(request.headers.authorization));
    });`;
    const calling = String(files['express.js']).replace(/^app\.listen/m, `${route}\napp.listen`);
    own.write('chained.js', `import { stockFor } from './next-api.js';\n${calling}`);
    await start('chained.js');
  }

  test('calls the next API for the same user, and is the one that acts there', async () => {
    await startChain();
    const response = await get('/stock', await aliceToken(issuer));
    expect(await response.json()).toMatchObject({
      user: expect.any(String),
      clientId: 'orders-api',
      scopes: ['stock:read'],
      actors: [{ sub: 'orders-api' }],
    });
  });

  test('says why there is no token, and then calls nobody', () => {
    const code = "import('./next-api.js').then((next) => next.stockFor('Bearer none')).catch(console.log)";
    const said = execFileSync(process.execPath, ['-e', code], {
      cwd: own.folder,
      env: { ORDERS_API_SECRET: 'a-long-random-value' },
      encoding: 'utf8',
    });
    expect(said).toMatch(/^Error: there is no token for the stock: invalid_request\n/);
  });
});
