/** An Express API behind the guard, with tokens of the real issuer: introspected, and verified locally. */
import express from 'express';
import { createGuard, type GuardOptions } from 'guard';
import { metadata, protect } from 'guard/express';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { freePort, serve } from 'shared/test/serve.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  aliceToken,
  jobToken,
  type OrdersSystem,
  revoke,
  SECRET,
  startOrdersSystem,
} from './orders-system.ts';

const origin = `http://127.0.0.1:${await freePort()}`;
/** An identifier with a path, which comes after the well-known one of the metadata (RFC 9728 §3.1). */
const resource = `${origin}/v1`;

const ways: Record<string, GuardOptions['tokens']> = {
  introspected: { clientId: 'orders-api', clientSecret: SECRET },
  'verified locally': { verify: 'locally', algs: ['ES256'], maxLifetime: 60 },
};

let running: OrdersSystem;
beforeAll(async () => {
  running = await startOrdersSystem(resource);
});
afterAll(async () => void (await running.system.stop()));

/** Starts the API until the test is finished. */
async function startOrders(tokens: GuardOptions['tokens'] | undefined, clock = Date.now) {
  if (tokens === undefined) throw new Error('there is no such way');
  const outages: string[] = [];
  const guard = createGuard({
    resource,
    baseUrl: origin,
    issuer: running.issuer,
    name: 'Orders',
    scopes: ['orders:read', 'orders:write'],
    tokens,
    clock,
    onOutage: ({ message }) => void outages.push(message),
  });
  const app = express();
  // The next test has an API of its own on the same port, and a client must not keep its connection to this one.
  app.use((_, response, next) => {
    response.set('connection', 'close');
    next();
  });
  app.use(metadata(guard));
  const answer: express.RequestHandler = (request, response) => {
    response.json(request.caller);
  };
  app.get('/v1/orders', protect(guard, { scope: 'orders:read' }), answer);
  app.get('/v1/reports', protect(guard, { scope: 'orders:read', user: 'optional' }), answer);
  app.get('/v1/payments', protect(guard, { scope: 'orders:read', maxAge: 30 }), answer);
  app.post('/v1/orders', protect(guard, { scope: 'orders:write' }), answer);
  await serve(app, Number(new URL(origin).port));
  return outages;
}

const call = (path: string, token: string, method = 'GET') =>
  fetch(`${resource}${path}`, { method, headers: { authorization: `Bearer ${token}` } });

describe.each(Object.keys(ways))('when tokens are %s', (way) => {
  test("a user's token works, and the API knows whose it is", async () => {
    await startOrders(ways[way]);
    const response = await call('/orders', await aliceToken(running.issuer));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      user: expect.any(String),
      clientId: 'shop',
      scopes: ['orders:read'],
    });
  });

  test.each<[what: string, status: number, error: string, refused: () => Promise<Response>]>([
    [
      'a token for another API',
      401,
      'invalid_token',
      async () => call('/orders', await aliceToken(running.issuer, 'stock:read')),
    ],
    ['a token that is none', 401, 'invalid_token', () => call('/orders', 'none')],
    [
      'a token without the scope',
      403,
      'insufficient_scope',
      async () => call('/orders', await aliceToken(running.issuer), 'POST'),
    ],
    [
      "a client's own token where a user is needed",
      401,
      'invalid_token',
      async () => call('/orders', await jobToken(running.issuer)),
    ],
  ])('%s is refused with %i %s', async (_what, status, error, refused) => {
    const outages = await startOrders(ways[way]);
    const response = await refused();
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toContain(`error="${error}"`);
    expect(outages).toEqual([]);
  });

  test("a client's own token works where no user is needed", async () => {
    await startOrders(ways[way]);
    const response = await call('/reports', await jobToken(running.issuer));
    expect(response.status).toBe(200);
    const caller = (await response.json()) as object;
    expect(caller).toMatchObject({ clientId: 'job' });
    expect(caller).not.toHaveProperty('user');
  });

  test('a call that needs a recent sign-in works until that is too long ago (RFC 9470)', async () => {
    const token = await aliceToken(running.issuer);
    let passed = 0;
    await startOrders(ways[way], () => Date.now() + passed);
    expect((await call('/payments', token)).status).toBe(200);
    passed = 40_000;
    expect((await call('/orders', token)).status).toBe(200);
    const refused = await call('/payments', token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_user_authentication".* max_age="30"/,
    );
  });

  test('a DPoP-bound token works with its proofs, and not without', async () => {
    await startOrders(ways[way]);
    const config = await discovered(running.issuer);
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const { access_token } = await openid.clientCredentialsGrant(config, {}, { DPoP });
    for (let time = 0; time < 2; time += 1) {
      const url = new URL(`${resource}/reports?page=${time}`);
      const answered = openid.fetchProtectedResource(config, access_token, url, 'GET', null, undefined, {
        DPoP,
      });
      expect((await answered).status).toBe(200);
    }
    const refused = await call('/reports', access_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token"/);
  });

  test('a call without a token leads a client to the issuer, and to a token that works', async () => {
    await startOrders(ways[way]);
    const refused = await fetch(`${resource}/reports`);
    expect(refused.status).toBe(401);
    const [, url = ''] =
      /resource_metadata="([^"]+)"/.exec(String(refused.headers.get('www-authenticate'))) ?? [];
    expect(url).toBe(`${origin}/.well-known/oauth-protected-resource/v1`);
    const found = await oauth.processResourceDiscoveryResponse(new URL(resource), await fetch(url));
    const config = await discovered(String(found.authorization_servers?.[0]));
    const { access_token } = await openid.clientCredentialsGrant(config, { resource: found.resource });
    expect((await call('/reports', access_token)).status).toBe(200);
  });
});

test('a revoked token is refused at its next use when tokens are introspected', async () => {
  await startOrders(ways.introspected);
  const token = await aliceToken(running.issuer);
  expect((await call('/orders', token)).status).toBe(200);
  await revoke(running.issuer, token);
  expect((await call('/orders', token)).status).toBe(401);
});

test('a revoked token is accepted until it expires when tokens are verified locally', async () => {
  let ahead = 0;
  await startOrders(ways['verified locally'], () => Date.now() + ahead);
  const token = await aliceToken(running.issuer);
  await revoke(running.issuer, token);
  expect((await call('/orders', token)).status).toBe(200);
  ahead = 61_000;
  expect((await call('/orders', token)).status).toBe(401);
});

test('while the issuer is stopped the answer is 503 and never 401, and once it is back calls work', async () => {
  const outages = await startOrders(ways.introspected);
  const token = await aliceToken(running.issuer);
  expect((await call('/orders', token)).status).toBe(200);
  await running.system.stop();
  const responses = await Promise.all([token, 'none'].map((one) => call('/orders', one)));
  expect(responses.map(({ status }) => status)).toEqual([503, 503]);
  expect(responses.map(({ headers }) => headers.get('www-authenticate'))).toEqual([null, null]);
  expect(outages).toEqual(Array(2).fill('auth server cannot be reached'));
  running = await running.again();
  expect((await call('/orders', await aliceToken(running.issuer))).status).toBe(200);
});

test('while the issuer is stopped, tokens whose key is known are still verified locally', async () => {
  const outages = await startOrders(ways['verified locally']);
  const [token, other] = await Promise.all([aliceToken(running.issuer), aliceToken(running.issuer)]);
  expect((await call('/orders', token)).status).toBe(200);
  await running.system.stop();
  expect((await call('/orders', other)).status).toBe(200);
  expect(outages).toEqual([]);
  running = await running.again();
});

const discovered = (issuer: string) =>
  openid.discovery(new URL(issuer), 'job', SECRET, openid.ClientSecretBasic(SECRET), {
    execute: [openid.allowInsecureRequests],
    algorithm: 'oauth2',
  });
