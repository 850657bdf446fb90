/** Token exchanges that are refused, each with its error (RFC 8693 §2.2.2), and with nothing used up. */
import { decodeJwt, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import { expectRefusal, makeKey, temporaryFile } from '../support/auth-server.ts';
import {
  ACCESS_TOKEN,
  apiClient,
  app,
  at,
  type Chain,
  JWT,
  startChain,
  stranger,
  TOKEN_EXCHANGE,
} from '../support/chain.ts';
import { type Parameters, tokensOf } from '../support/code-flow.ts';
import { forgedToken } from '../support/forged-tokens.ts';

afterEach(() => void vi.useRealTimers());

const orders = apiClient('orders');
const stock = apiClient('stock');
const toStock = { resource: at('stock') };

describe('a request is invalid_request', () => {
  test.each<[what: string, form: Parameters]>([
    ['without a subject token', { subject_token: undefined }],
    ['without the type of the subject token', { subject_token_type: undefined }],
    ['with a type that there is not', { subject_token_type: 'access_token' }],
    [
      'that calls an access token an ID token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
    ],
    [
      'that calls an access token a refresh token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    ],
    ['that calls our own access token a JWT of somebody else', { subject_token_type: JWT }],
    [
      'that asks for a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    ],
    ['that asks for an ID token', { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['with an actor token without its type', { actor_token: 'abc' }],
    ['with the type of an actor token without the token', { actor_token_type: ACCESS_TOKEN }],
    ['with an actor token that is none', { actor_token: 'abc', actor_token_type: ACCESS_TOKEN }],
    ['with two subject tokens', { subject_token: ['abc', 'def'] }],
    ['with two scopes parameters', { scope: ['stock:read', 'stock:read'] }],
  ])('%s', async (_what, form) => {
    const chain = await startChain();
    const token = await chain.first();
    await expectRefusal(await chain.exchange(token, orders, { ...toStock, ...form }), 400, 'invalid_request');
    expect((await chain.exchange(token, orders, toStock)).status).toBe(200);
  });
});

describe('a subject token is invalid_request', () => {
  /** Makes a token that is not good. */
  type Bad = (chain: Chain) => Promise<string>;

  test.each<[what: string, bad: Bad]>([
    ['that is no token', async () => 'abc'],
    ['that is empty but for dots', async () => '..'],
    [
      'that was revoked',
      async (chain) => {
        const token = await chain.first();
        await chain.revoke(token, app);
        return token;
      },
    ],
    [
      'that nobody signed',
      async (chain) => {
        const claims = decodeJwt(await chain.first());
        return new UnsecuredJWT(claims).encode();
      },
    ],
    [
      'that somebody else signed',
      async (chain) => {
        const { jwk } = await makeKey();
        const claims = { aud: at('orders'), scope: 'orders:read', client_id: app.id };
        return forgedToken(chain.issuer, jwk, claims);
      },
    ],
    [
      'of another issuer, whoever vouches for it',
      async () => {
        const { jwk } = await makeKey();
        return forgedToken('https://issuer.example', jwk, { aud: at('orders'), client_id: app.id });
      },
    ],
    [
      'that is the ID token of the same user',
      async (chain) => (await chain.ofPartner('openid orders:read stock:read', ['orders', 'stock'])).id_token,
    ],
    [
      'that is a refresh token',
      async (chain) =>
        (await chain.ofPartner('openid offline_access orders:read stock:read', ['orders', 'stock']))
          .refresh_token,
    ],
    [
      "that is a client's own, since there is nobody to act for",
      async (chain) =>
        (await tokensOf(await chain.requestClientToken({ scope: 'orders:read' }, orders))).access_token,
    ],
  ])('%s', async (_what, bad) => {
    const chain = await startChain();
    await expectRefusal(await chain.exchange(await bad(chain), orders, toStock), 400, 'invalid_request');
  });

  test('that has expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const chain = await startChain({ apis: { orders: { access_token_ttl: 5 } } });
    const token = await chain.first();
    vi.setSystemTime(Date.now() + 5_000);
    await expectRefusal(await chain.exchange(token, orders, toStock), 400, 'invalid_request');
  });

  test('of an API that is no more', async () => {
    const chain = await startChain();
    const token = await chain.first();
    await chain.withApis({ orders: undefined });
    await expectRefusal(await chain.exchange(token, orders, toStock), 400, 'invalid_request');
  });

  test('of a user that is no more', async () => {
    let isThere = true;
    const users: UserDirectory = {
      authenticate: async (sub) => ({ sub }),
      find: async (sub) => (isThere ? { sub } : undefined),
    };
    const chain = await startChain({ users });
    const token = await chain.first();
    expect((await chain.exchange(token, orders, toStock)).status).toBe(200);
    isThere = false;
    await expectRefusal(await chain.exchange(token, orders, toStock), 400, 'invalid_request');
  });
});

test('an empty scope asks for all that there may be, as none does', async () => {
  const chain = await startChain();
  const answer = await chain.exchange(await chain.first(), orders, { ...toStock, scope: '' });
  expect(await answer.json()).toMatchObject({ scope: 'stock:read' });
});

describe('who may exchange what', () => {
  test('is said by the API: without an entry for where the token is from it is invalid_target', async () => {
    const chain = await startChain();
    const elsewhere = [{ from: at('port'), clients: [orders.id], scopes: ['stock:read'] }];
    await chain.withApis({ stock: { exchange: elsewhere } });
    await expectRefusal(await chain.exchange(await chain.first(), orders, toStock), 400, 'invalid_target');
  });

  test('an API without any entry is invalid_target', async () => {
    const chain = await startChain({ apis: { stock: { exchange: [] } } });
    await expectRefusal(await chain.exchange(await chain.first(), orders, toStock), 400, 'invalid_target');
  });

  test('a client that no entry names is unauthorized_client, whether or not the token is good', async () => {
    const chain = await startChain();
    for (const token of [await chain.first(), 'abc']) {
      const response = await chain.exchange(token, stranger, toStock);
      const { error, error_description } = (await response.json()) as Record<string, string>;
      expect({ error, error_description }).toEqual({
        error: 'unauthorized_client',
        error_description: 'the API takes no tokens in exchange from this client',
      });
    }
  });

  test('a client that another entry names is unauthorized_client for this one', async () => {
    const exchange = [
      { from: at('orders'), clients: [orders.id], scopes: ['stock:read'] },
      { from: at('port'), clients: [stranger.id], scopes: ['stock:read'] },
    ];
    const chain = await startChain({ apis: { stock: { exchange } } });
    await expectRefusal(
      await chain.exchange(await chain.first(), stranger, toStock),
      400,
      'unauthorized_client',
    );
  });

  test('a client that is not registered for the grant is unauthorized_client', async () => {
    const chain = await startChain({ clients: { [orders.id]: { grant_types: ['client_credentials'] } } });
    await expectRefusal(
      await chain.exchange(await chain.first(), orders, toStock),
      400,
      'unauthorized_client',
    );
  });

  test('a client that does not authenticate is unauthorized_client: anybody could act in its name', async () => {
    const chain = await startChain({
      clients: {
        [orders.id]: {
          token_endpoint_auth_method: 'none',
          grant_types: [TOKEN_EXCHANGE],
          client_secret: undefined,
        },
      },
    });
    await expectRefusal(
      await chain.exchange(await chain.first(), { id: orders.id }, toStock),
      400,
      'unauthorized_client',
    );
  });

  test('a client with a wrong secret is invalid_client', async () => {
    const chain = await startChain();
    await expectRefusal(
      await chain.exchange(await chain.first(), { ...orders, secret: 'wrong' }, toStock),
      401,
      'invalid_client',
    );
  });

  test.each<[what: string, form: Parameters]>([
    ['an API that there is not', { resource: 'https://nowhere.example.com' }],
    ['a `resource` that is not absolute', { resource: 'stock' }],
    ['a `resource` with a fragment', { resource: `${at('stock')}#shelf` }],
    ['an `audience` that is no API', { audience: 'stock' }],
    ['several APIs', { resource: [at('stock'), at('warehouse')] }],
    ['a `resource` and another `audience`', { resource: at('stock'), audience: at('warehouse') }],
    ['no API, where several could be meant', {}],
  ])('%s is invalid_target', async (_what, form) => {
    const chain = await startChain();
    await expectRefusal(await chain.exchange(await chain.first(), orders, form), 400, 'invalid_target');
  });
});

describe('a scope is invalid_scope', () => {
  test.each<[what: string, scope: string]>([
    ['that the entry leaves out', 'stock:write'],
    ['of which one is left out', 'stock:read stock:write'],
    ['of another API', 'warehouse:read'],
    ['that no API has', 'nothing'],
    ['of OpenID Connect', 'openid stock:read'],
    ['for offline access', 'stock:read offline_access'],
  ])('%s', async (_what, scope) => {
    const chain = await startChain();
    const token = await chain.first();
    await expectRefusal(await chain.exchange(token, orders, { ...toStock, scope }), 400, 'invalid_scope');
    expect((await chain.exchange(token, orders, toStock)).status).toBe(200);
  });

  test('that the client which exchanges is not registered for', async () => {
    const chain = await startChain({ clients: { [orders.id]: { scope: 'orders:read' } } });
    const token = await chain.first();
    await expectRefusal(await chain.exchange(token, orders, toStock), 400, 'invalid_scope');
  });

  test('that the client which began is not registered for, though its users are asked about nothing', async () => {
    const chain = await startChain({ clients: { [app.id]: { scope: 'orders:read' } } });
    const token = await chain.first();
    await expectRefusal(await chain.exchange(token, orders, toStock), 400, 'invalid_scope');
  });

  test('of an API that the user was not asked about', async () => {
    const chain = await startChain();
    const { access_token } = await chain.ofPartner('orders:read', ['orders']);
    await expectRefusal(await chain.exchange(access_token, orders, toStock), 400, 'invalid_scope');
  });

  test('that the user has not allowed', async () => {
    const wide = [{ from: at('orders'), clients: [orders.id], scopes: ['stock:read', 'stock:write'] }];
    const chain = await startChain({ apis: { stock: { exchange: wide } } });
    const { access_token } = await chain.ofPartner('orders:read stock:read', ['orders', 'stock']);
    const form = { ...toStock, scope: 'stock:write' };
    await expectRefusal(await chain.exchange(access_token, orders, form), 400, 'invalid_scope');
    const all = await tokensOf(await chain.exchange(access_token, orders, toStock));
    expect(all.scope).toBe('stock:read');
  });
});

describe('a chain', () => {
  test('that is too deep is invalid_request', async () => {
    const chain = await startChain();
    const fifth = await chain.upTo('port', await chain.first());
    expect(decodeJwt(fifth)).toMatchObject({ act: { act: { act: { act: { act: { sub: orders.id } } } } } });
    await expectRefusal(
      await chain.exchange(fifth, apiClient('port'), { resource: at('ship') }),
      400,
      'invalid_request',
    );
  });

  test('that comes back to an API is invalid_target', async () => {
    const back = [{ from: at('stock'), clients: [stock.id], scopes: ['orders:read'] }];
    const chain = await startChain({ apis: { orders: { exchange: back } } });
    const token = await chain.upTo('stock', await chain.first());
    await expectRefusal(
      await chain.exchange(token, stock, { resource: at('orders') }),
      400,
      'invalid_target',
    );
  });

  test('in which the client acts already is invalid_request', async () => {
    const again = [{ from: at('stock'), clients: [orders.id], scopes: ['warehouse:read'] }];
    const chain = await startChain({ apis: { warehouse: { exchange: again } } });
    const token = await chain.upTo('stock', await chain.first());
    await expectRefusal(
      await chain.exchange(token, orders, { resource: at('warehouse') }),
      400,
      'invalid_request',
    );
  });
});

describe('`may_act`', () => {
  /** An exchange of a token that says who may act, of an issuer whose key the test has, by orders or by who is signed in there. */
  async function exchangeOf(mayAct: unknown, actor?: string) {
    const { jwk } = await makeKey();
    const chain = await startChain({ settings: { JWKS_FILE: await temporaryFile({ keys: [jwk] }) } });
    const token = await forgedToken(chain.issuer, jwk, {
      aud: at('orders'),
      client_id: app.id,
      scope: 'orders:read',
      may_act: mayAct,
    });
    if (actor === undefined) return chain.exchange(token, orders, toStock);
    const parameters = { username: actor, resource: at('orders'), scope: 'orders:read' };
    const { access_token } = await tokensOf(await chain.requestToken(parameters, orders));
    return chain.exchange(token, orders, {
      ...toStock,
      actor_token: access_token,
      actor_token_type: ACCESS_TOKEN,
    });
  }

  test.each([[{ sub: orders.id }], [{ client_id: orders.id }], [{ sub: orders.id, client_id: orders.id }]])(
    'that names the client lets it act: %j',
    async (mayAct) => {
      expect((await exchangeOf(mayAct)).status).toBe(200);
    },
  );

  test.each([
    [{ sub: 'another-api' }],
    [{ sub: orders.id, iss: 'https://another.example' }],
    [{ sub: orders.id, email: 'orders@example.com' }],
    [{}],
    [[]],
    [[orders.id]],
    [orders.id],
    [null],
    [true],
  ])('that names somebody else, or nobody, lets nobody act: %j', async (mayAct) => {
    await expectRefusal(await exchangeOf(mayAct), 400, 'invalid_request');
  });

  test('names the user of an actor token, where there is one', async () => {
    expect((await exchangeOf({ sub: 'bob' }, 'bob')).status).toBe(200);
    await expectRefusal(await exchangeOf({ sub: orders.id }, 'bob'), 400, 'invalid_request');
    await expectRefusal(await exchangeOf({ sub: 'bob' }, 'carol'), 400, 'invalid_request');
  });
});

test('what is refused is logged by its error, without any token', async () => {
  const chain = await startChain();
  const token = await chain.first();
  await chain.exchange(token, stranger, toStock);
  await chain.exchange(token, orders, { ...toStock, scope: 'stock:write' });
  await chain.exchange(token, orders, { ...toStock, actor_token: token, actor_token_type: ACCESS_TOKEN });
  const refused = chain.lines.filter(({ event }) => event === 'token.refused');
  expect(refused.map(({ error }) => error)).toEqual([
    'unauthorized_client',
    'invalid_scope',
    'invalid_request',
  ]);
  for (const part of [token, token.split('.')[2] ?? '', 'the-secret-of'])
    expect(JSON.stringify(chain.lines)).not.toContain(part);
});
