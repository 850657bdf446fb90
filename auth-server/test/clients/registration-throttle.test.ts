/** Guesses of the tokens that open registration (RFC 7591 §3) and its management (RFC 7592 §2). */
import { expect, test, vi } from 'vitest';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { INITIAL_ACCESS_TOKEN, metadata, startRegistry } from '../support/registry.ts';
import { slowArtifacts } from '../support/slow-store.ts';

async function start(overrides: { artifacts?: ArtifactStore } = {}) {
  const registry = await startRegistry({ INITIAL_ACCESS_TOKEN, TRUSTED_PROXIES: '127.0.0.1' }, overrides);
  const { issuer } = registry.server;
  const send = (address: string, method: string, path: string, token: string, more = {}) =>
    fetch(new URL(path, issuer), {
      method,
      headers: {
        'x-forwarded-for': address,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...more,
      },
      ...(method === 'POST' && { body: JSON.stringify(metadata) }),
    });
  const statuses = async (times: number, ...[address, method, path]: [string, string, string]) => {
    const told: number[] = [];
    for (let nth = 0; nth < times; nth += 1) {
      told.push((await send(address, method, path, `guess-${nth}`)).status);
    }
    return told;
  };
  return { ...registry, send, statuses };
}

const twenty = Array(20).fill(401);

test.each(['/register', '/register/', '/REGISTER'])(
  'twenty initial access tokens are looked at that are sent to %s, and then not even the right one',
  async (path) => {
    const { send, statuses } = await start();
    expect(await statuses(21, '192.0.2.1', 'POST', path)).toEqual([...twenty, 429]);
    const refused = await send('192.0.2.1', 'POST', path, INITIAL_ACCESS_TOKEN);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('300');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await refused.json()).toMatchObject({ error: 'too_many_attempts' });
    expect((await send('192.0.2.2', 'POST', path, INITIAL_ACCESS_TOKEN)).status).toBe(201);
  },
);

test('twenty registration access tokens of a client are looked at, whatever is to be done to the client', async () => {
  const { send, statuses, registered } = await start();
  const { client } = await registered();
  const path = new URL(client.registration_client_uri).pathname;
  for (const method of ['GET', 'PUT', 'DELETE']) await statuses(5, '192.0.2.1', method, path);
  expect(await statuses(6, '192.0.2.1', 'GET', path)).toEqual([...Array(5).fill(401), 429]);
  expect((await send('192.0.2.1', 'GET', path, client.registration_access_token)).status).toBe(429);
  expect((await send('192.0.2.2', 'GET', path, client.registration_access_token)).status).toBe(200);
});

test('the right token of one client opens no guesses of the initial access token, or of the tokens of others', async () => {
  const { send, statuses, registered } = await start();
  const { client } = await registered();
  const path = new URL(client.registration_client_uri).pathname;
  expect((await send('192.0.2.1', 'GET', path, client.registration_access_token)).status).toBe(200);
  expect(await statuses(21, '192.0.2.1', 'GET', '/register/other')).toEqual([...twenty, 429]);
  expect(await statuses(21, '192.0.2.1', 'POST', '/register')).toEqual([...twenty, 429]);
});

test('an address may guess a hundred tokens of all clients together', async () => {
  const { send } = await start();
  const guess = async (nth: number) =>
    (await send('192.0.2.1', 'GET', `/register/client-${nth}`, `guess-${nth}`)).status;
  for (let nth = 0; nth < 100; nth += 1) expect(await guess(nth)).toBe(401);
  expect(await guess(100)).toBe(429);
});

test('where the right token came from it is always looked at, and what needs no token proves nothing', async () => {
  const { send, statuses } = await start();
  expect((await send('192.0.2.1', 'POST', '/register', INITIAL_ACCESS_TOKEN)).status).toBe(201);
  await statuses(30, '192.0.2.1', 'POST', '/register');
  expect((await send('192.0.2.1', 'POST', '/register', INITIAL_ACCESS_TOKEN)).status).toBe(201);
  await send('192.0.2.2', 'OPTIONS', '/register', 'any');
  await send('192.0.2.2', 'HEAD', '/register', 'any');
  expect(await statuses(21, '192.0.2.2', 'POST', '/register')).toEqual([...twenty, 429]);
});

test('a guess counts whose answer comes too late', async () => {
  const { send } = await start({ artifacts: slowArtifacts(50) });
  const guess = (nth: number, more = {}) =>
    send('192.0.2.1', 'GET', '/register/client', `guess-${nth}`, more);
  for (let nth = 0; nth < 20; nth += 1) {
    expect((await guess(nth, { 'x-request-timeout-ms': '5' })).status).toBe(504);
  }
  await vi.waitFor(async () => expect((await guess(20)).status).toBe(429));
});
