/** Token exchange (RFC 8693): what a client gets, and what the new token says. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import { expectRefusal } from '../support/auth-server.ts';
import { ACCESS_TOKEN, apiClient, app, at, type Chain, startChain } from '../support/chain.ts';
import { tokensOf } from '../support/code-flow.ts';

const orders = apiClient('orders');

/** A token of bob, who is signed in to the client of orders. */
async function bobsToken(chain: Chain): Promise<string> {
  const parameters = { username: 'bob', resource: at('orders'), scope: 'orders:read' };
  return (await tokensOf(await chain.requestToken(parameters, orders))).access_token;
}

describe('an API that was called with a token of a user', () => {
  test('gets a token for the next API, and is told what kind of token it is', async () => {
    const chain = await startChain();
    const response = await chain.exchange(await chain.first(), orders, { resource: at('stock') });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'stock:read',
    });
  });

  test('acts for that user: the new token keeps `sub`, names the API as its client, and says who acts', async () => {
    const chain = await startChain();
    const token = await chain.first();
    const exchanged = await chain.upTo('stock', token);
    expect(decodeProtectedHeader(exchanged).typ).toBe('at+jwt');
    expect(decodeJwt(exchanged)).toMatchObject({
      iss: chain.issuer,
      aud: at('stock'),
      sub: 'alice',
      client_id: orders.id,
      scope: 'stock:read',
      act: { sub: orders.id },
      origin: { client_id: app.id, tokens: [{ jti: decodeJwt(token).jti, aud: at('orders') }] },
      auth_time: decodeJwt(token).auth_time,
    });
    expect(decodeJwt(exchanged)).not.toHaveProperty('grant_id');
  });

  test('and introspection tells the next API the same', async () => {
    const chain = await startChain();
    const exchanged = await chain.upTo('stock', await chain.first());
    expect(await chain.seenBy('stock', exchanged)).toMatchObject({
      active: true,
      sub: 'alice',
      client_id: orders.id,
      act: { sub: orders.id },
      origin: { client_id: app.id },
    });
    expect(await chain.seenBy('orders', exchanged)).toMatchObject({ active: true });
    expect(await chain.seenBy('warehouse', exchanged)).toEqual({ active: false });
  });

  test('names the next API by `audience`, or by a scope that only it has', async () => {
    const chain = await startChain();
    const token = await chain.first();
    const forms = [{ audience: at('stock') }, { scope: 'stock:read' }, { resource: `${at('stock')}/` }];
    for (const form of [...forms, { resource: at('stock'), audience: at('stock') }]) {
      const { access_token } = await tokensOf(await chain.exchange(token, orders, form));
      expect(decodeJwt(access_token).aud).toBe(at('stock'));
    }
  });
});

test('a longer chain nests its actors, the one that acts now outermost, and remembers all tokens that it came from', async () => {
  const chain = await startChain();
  const token = await chain.first();
  const second = await chain.upTo('stock', token);
  const third = await chain.upTo('warehouse', token);
  expect(decodeJwt(third)).toMatchObject({
    sub: 'alice',
    client_id: 'stock-api',
    act: { sub: 'stock-api', act: { sub: 'orders-api' } },
    origin: { client_id: app.id, tokens: [{ aud: at('orders') }, { aud: at('stock') }] },
  });
  expect(decodeJwt(second).act).toEqual({ sub: 'orders-api' });
  expect(await chain.seenBy('warehouse', third)).toMatchObject({
    active: true,
    act: { sub: 'stock-api', act: { sub: 'orders-api' } },
  });
});

test('opaque tokens are exchanged, and got in exchange, as JWTs are', async () => {
  const opaque = { access_token_format: 'opaque' };
  const chain = await startChain({ apis: { orders: opaque, stock: opaque } });
  const token = await chain.first();
  const exchanged = await chain.upTo('stock', token);
  expect(exchanged).toMatch(/^[\w-]{43}$/);
  const seen = await chain.seenBy('stock', exchanged);
  expect(seen).toMatchObject({ active: true, sub: 'alice', act: { sub: orders.id } });
  // The id of an opaque token is the token itself, which the next API must not learn.
  expect(JSON.stringify(seen)).not.toContain(token);
  const last = await chain.upTo('warehouse', token);
  expect(decodeJwt(last)).toMatchObject({ sub: 'alice', act: { sub: 'stock-api', act: { sub: orders.id } } });
});

test('an exchange leaves the subject token and the actor token as they were', async () => {
  const chain = await startChain();
  const token = await chain.first();
  const actor = await tokensOf(await chain.requestClientToken({ scope: 'orders:read' }, orders));
  const form = {
    resource: at('stock'),
    actor_token: actor.access_token,
    actor_token_type: ACCESS_TOKEN,
  };
  for (const _ of [1, 2]) expect((await chain.exchange(token, orders, form)).status).toBe(200);
  for (const one of [token, actor.access_token])
    expect(await chain.seenBy('orders', one)).toMatchObject({ active: true });
});

describe('the new token', () => {
  test('lives no longer than the one that it is exchanged for', async () => {
    const chain = await startChain({
      apis: { orders: { access_token_ttl: 7 }, stock: { access_token_ttl: 900 } },
    });
    const token = await chain.first();
    const response = await tokensOf(await chain.exchange(token, orders, { resource: at('stock') }));
    expect(decodeJwt(response.access_token).exp).toBe(decodeJwt(token).exp);
    expect(response.expires_in).toBeLessThanOrEqual(7);
  });

  test('lives as long as the tokens of its API where those live less', async () => {
    const chain = await startChain({ apis: { stock: { access_token_ttl: 20 } } });
    const response = await tokensOf(
      await chain.exchange(await chain.first(), orders, { resource: at('stock') }),
    );
    expect(response.expires_in).toBe(20);
  });

  test('comes without a refresh token and without an ID token', async () => {
    const chain = await startChain();
    const { access_token } = await chain.ofPartner('openid offline_access orders:read stock:read', [
      'orders',
      'stock',
    ]);
    const response = await chain.exchange(access_token, orders, { resource: at('stock') });
    expect(Object.keys((await response.json()) as object).sort()).toEqual(
      ['access_token', 'expires_in', 'issued_token_type', 'scope', 'token_type'].sort(),
    );
  });

  test('does not open the userinfo endpoint, though the subject token does', async () => {
    const chain = await startChain();
    const { access_token } = await chain.ofPartner('openid orders:read stock:read', ['orders', 'stock']);
    const exchanged = await chain.upTo('stock', access_token);
    const userinfo = (token: string) =>
      fetch(`${chain.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect((await userinfo(access_token)).status).toBe(200);
    expect((await userinfo(exchanged)).status).toBe(403);
  });
});

describe('an actor token', () => {
  test('of a user who is signed in to the client says that this user acts, by the client', async () => {
    const chain = await startChain();
    const actor = await chain.requestToken(
      { username: 'bob', resource: at('orders'), scope: 'orders:read' },
      orders,
    );
    const { access_token } = await tokensOf(
      await chain.exchange(await chain.first(), orders, {
        resource: at('stock'),
        actor_token: (await tokensOf(actor)).access_token,
        actor_token_type: ACCESS_TOKEN,
      }),
    );
    expect(decodeJwt(access_token)).toMatchObject({
      sub: 'alice',
      client_id: orders.id,
      act: { sub: 'bob', client_id: orders.id },
    });
  });

  test('of the client itself says no more than the request does', async () => {
    const chain = await startChain();
    const actor = await tokensOf(await chain.requestClientToken({ scope: 'orders:read' }, orders));
    const { access_token } = await tokensOf(
      await chain.exchange(await chain.first(), orders, {
        resource: at('stock'),
        actor_token: actor.access_token,
        actor_token_type: ACCESS_TOKEN,
      }),
    );
    expect(decodeJwt(access_token).act).toEqual({ sub: orders.id });
  });

  test('bounds the life of the new token, as the subject token does', async () => {
    const chain = await startChain({ apis: { ship: { access_token_ttl: 20 } } });
    const actor = await tokensOf(await chain.requestClientToken({ scope: 'ship:read' }, orders));
    const exchanged = await tokensOf(
      await chain.exchange(await chain.first(), orders, {
        resource: at('stock'),
        actor_token: actor.access_token,
        actor_token_type: ACCESS_TOKEN,
      }),
    );
    expect(decodeJwt(exchanged.access_token).exp).toBeLessThanOrEqual(
      Number(decodeJwt(actor.access_token).exp),
    );
  });

  test('of a user that is no more is refused', async () => {
    let isThere = true;
    const users: UserDirectory = {
      authenticate: async (sub) => ({ sub }),
      find: async (sub) => (isThere || sub === 'alice' ? { sub } : undefined),
    };
    const chain = await startChain({ users });
    const actor = await tokensOf(
      await chain.requestToken({ username: 'bob', resource: at('orders'), scope: 'orders:read' }, orders),
    );
    const exchange = async () =>
      chain.exchange(await chain.first(), orders, {
        resource: at('stock'),
        actor_token: actor.access_token,
        actor_token_type: ACCESS_TOKEN,
      });
    expect((await exchange()).status).toBe(200);
    isThere = false;
    await expectRefusal(await exchange(), 400, 'invalid_request');
  });

  test.each<[what: string, actorToken: (chain: Chain) => Promise<string>]>([
    ['that was issued to another client', (chain) => chain.first({ username: 'bob' })],
    [
      'that was revoked',
      async (chain) => {
        const token = await bobsToken(chain);
        await chain.revoke(token, orders);
        return token;
      },
    ],
    [
      'that itself says that somebody acts for its user',
      async (chain) =>
        (
          await tokensOf(
            await chain.exchange(await chain.first({ username: 'bob' }), orders, { resource: at('stock') }),
          )
        ).access_token,
    ],
    ['that nobody signed', async (chain) => `${(await bobsToken(chain)).replace(/[^.]*$/, '')}abc`],
  ])('%s is refused', async (_what, actorToken) => {
    const chain = await startChain();
    await expectRefusal(
      await chain.exchange(await chain.first(), orders, {
        resource: at('stock'),
        actor_token: await actorToken(chain),
        actor_token_type: ACCESS_TOKEN,
      }),
      400,
      'invalid_request',
    );
  });
});

test('discovery lists the grant', async () => {
  const { issuer } = await startChain();
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  expect(metadata).toMatchObject({
    grant_types_supported: expect.arrayContaining(['urn:ietf:params:oauth:grant-type:token-exchange']),
  });
});
