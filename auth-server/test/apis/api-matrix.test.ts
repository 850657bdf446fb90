/** Several APIs at one issuer: what a client gets in each way that there is, whichever APIs and scopes it asks for. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal, makeKey, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { refresh, type Tokens, tokensOf } from '../support/code-flow.ts';
import {
  type Asked,
  apis,
  billing,
  billingApi,
  byCode,
  byDevice,
  byItself,
  byPassword,
  byPushedRequest,
  byRefresh,
  clients,
  codeInSteps,
  gateway,
  house,
  machines,
  newcomer,
  orders,
  ordersApi,
  partner,
  people,
  severalApis,
  staff,
  type Way,
} from './several-apis.ts';

const start = async () => startAuthServer(await severalApis());
type Server = Awaited<ReturnType<typeof start>>;

const introspected = async (server: Server, token: string, by: { id: string; secret: string }) =>
  (await (await server.introspect(token, by)).json()) as Record<string, unknown>;

const owners = new Map([
  [orders, { own: ordersApi, other: billingApi }],
  [billing, { own: billingApi, other: ordersApi }],
]);

/** Expects a token for an API, which its resource servers may see and those of another may not. */
async function expectToken(server: Server, response: Response, aud: string, scope: string) {
  const tokens = await tokensOf(response);
  expect(tokens.scope).toBe(scope);
  expect(decodeJwt(tokens.access_token)).toMatchObject({ aud, scope });
  const { own, other } = owners.get(aud) ?? { own: partner, other: billingApi };
  if (own !== partner) {
    for (const caller of [own, gateway]) {
      const answer = await introspected(server, tokens.access_token, caller);
      expect(answer).toMatchObject({ active: true, aud, scope });
    }
  }
  expect(await introspected(server, tokens.access_token, other)).toEqual({ active: false });
  return tokens;
}

const SEVERAL = 'more than one API is meant; name one by resource';
const NOTHING = 'the client is registered for no scope of this API';
const ELSEWHERE = 'requested scope is not allowed';
const UNKNOWN = 'resource indicator is missing, or unknown';

const ways: [string, Way, 'user' | 'client'][] = [
  ['a user token by password', byPassword, 'user'],
  ['a token of the client itself', byItself, 'client'],
  ['a code', byCode(), 'user'],
  ['a code of a first-party client', byCode(house), 'user'],
  ['a refresh', byRefresh, 'user'],
  ['a device', byDevice, 'user'],
  ['a pushed request', byPushedRequest, 'user'],
];

describe.each(ways)('%s', (_way, get, kind) => {
  test.each<[string, Asked, string, string]>([
    ['one API and a scope of it', { resource: orders, scope: 'orders:read' }, orders, 'orders:read'],
    ['one API and no scope', { resource: billing }, billing, 'read invoices:read'],
    ['no API and a scope that one API has', { scope: 'invoices:read' }, billing, 'invoices:read'],
    ['one API and a scope that another has too', { resource: billing, scope: 'read' }, billing, 'read'],
    [
      'an API spelt another way',
      { resource: 'HTTPS://orders.EXAMPLE.com:443/', scope: 'orders:write' },
      orders,
      'orders:write',
    ],
    ['one API spelt in two ways', { resource: [orders, `${orders}/`], scope: 'read' }, orders, 'read'],
  ])('that names %s is for that API', async (_what, asked, aud, scope) => {
    const server = await start();
    await expectToken(server, await get(server, asked), aud, scope);
  });

  test('that names an API which has tokens of this kind only is for that API', async () => {
    const server = await start();
    const [aud, scope] = kind === 'user' ? [people, 'people:read'] : [machines, 'machines:read'];
    await expectToken(server, await get(server, { resource: aud }), aud, scope);
  });

  const [closed, ofClosed] = kind === 'user' ? [machines, 'machines:read'] : [people, 'people:read'];
  test.each<[string, Asked, string, string]>([
    ['a scope that two APIs have, and neither', { scope: 'read' }, 'invalid_target', SEVERAL],
    ['nothing at all', {}, 'invalid_target', SEVERAL],
    ['an unknown API', { resource: 'https://nobody.example' }, 'invalid_target', UNKNOWN],
    [
      'an unknown API beside a known one',
      { resource: [orders, 'https://nobody.example'], scope: 'orders:read' },
      'invalid_target',
      UNKNOWN,
    ],
    ['a scope that no API has', { scope: 'nothing' }, 'invalid_scope', 'requested scope does not exist'],
    ['a scope of another API', { resource: billing, scope: 'orders:read' }, 'invalid_scope', ELSEWHERE],
    ['an API that it is not registered for', { resource: staff }, 'invalid_scope', NOTHING],
    ['a scope that it is not registered for', { scope: 'staff:read' }, 'invalid_scope', ELSEWHERE],
    ['an API without tokens of this kind', { resource: closed }, 'invalid_scope', NOTHING],
    [
      'a scope of an API without tokens of this kind',
      { resource: closed, scope: ofClosed },
      'invalid_scope',
      ELSEWHERE,
    ],
  ])('that names %s is refused', async (_what, asked, error, description) => {
    const server = await start();
    const response = await get(server, asked);
    const body = (await response.json()) as { error: string; error_description: string };
    expect([response.status, body.error]).toEqual([400, error]);
    expect(body.error_description).toContain(description);
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe.each(ways.filter(([, , kind]) => kind === 'user'))('%s', (_way, get) => {
  test('does not open an API to a client that may ask nothing of it, even with scopes of OpenID Connect', async () => {
    const server = await start();
    const response = await get(server, { resource: staff, scope: 'openid' });
    expect(await response.json()).toMatchObject({ error: 'invalid_scope', error_description: NOTHING });
    const two = await get(server, { resource: [orders, staff], scope: 'openid orders:read' });
    expect(two.status).toBe(400);
  });
});

test.each([
  ['a user token by password', byPassword],
  ['a token of the client itself', byItself],
])('%s is for one API, so that two cannot be named', async (_way, get) => {
  const server = await start();
  const response = await get(server, { resource: [orders, billing], scope: 'orders:read' });
  await expectRefusal(response, 400, 'invalid_target');
});

test('a client without a registered scope may ask for the default scopes of an API, and for nothing of one without', async () => {
  const [ofOrders, ...others] = apis;
  const withDefaults = [{ ...ofOrders, default_scopes: ['orders:read'] }, ...others];
  const server = await startAuthServer(await severalApis({ apis: withDefaults }));
  for (const asked of [{ resource: orders }, { scope: 'orders:read' }]) {
    const tokens = await tokensOf(await server.requestClientToken(asked, newcomer));
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: orders, scope: 'orders:read' });
  }
  for (const asked of [{ resource: billing }, { scope: 'orders:write' }, { scope: 'read' }]) {
    await expectRefusal(await server.requestClientToken(asked, newcomer), 400, 'invalid_scope');
  }
  // It may ask for scopes of the clock, too.
  await expectRefusal(await server.requestClientToken({}, newcomer), 400, 'invalid_target');
});

describe.each([
  ['a code', byCode()],
  ['a code of a first-party client', byCode(house)],
  ['a refresh', byRefresh],
  ['a device', byDevice],
  ['a pushed request', byPushedRequest],
])('%s for two APIs', (_way, get) => {
  const both = { resource: [orders, billing], scope: 'orders:read read invoices:read' };

  test.each([
    ['the first', orders, 'orders:read read'],
    ['the second', billing, 'read invoices:read'],
  ])('gives a token for %s when the token request names it', async (_which, resource, scope) => {
    const server = await start();
    await expectToken(server, await get(server, { ...both, redeemed: { resource } }), resource, scope);
  });

  test('gives none when the token request names neither, both, or an API that was not granted', async () => {
    const server = await start();
    for (const [redeemed, error_description] of [
      [{}, 'several APIs were granted; name one by resource'],
      [{ resource: both.resource }, 'name one API by resource: a token is for one'],
    ] as const) {
      const response = await get(server, { ...both, redeemed });
      expect(await response.json()).toEqual({ error: 'invalid_target', error_description });
    }
    for (const resource of [people, staff, 'https://nobody.example']) {
      await expectRefusal(await get(server, { ...both, redeemed: { resource } }), 400, 'invalid_target');
    }
  });

  test('gives a token for the only one of which a scope was asked for', async () => {
    const server = await start();
    const asked = { resource: both.resource, scope: 'orders:read' };
    await expectToken(server, await get(server, asked), orders, 'orders:read');
    await expectRefusal(
      await get(server, { ...asked, redeemed: { resource: billing } }),
      400,
      'invalid_target',
    );
  });
});

describe('a refresh token of two APIs', () => {
  const asked = { resource: [orders, billing], scope: 'openid orders:read orders:write read invoices:read' };
  const tokens = async (server: Server): Promise<Tokens> =>
    tokensOf(await byCode()(server, { ...asked, redeemed: { resource: orders } }));

  test('serves either at each use', async () => {
    const server = await start();
    const { refresh_token } = await tokens(server);
    for (const resource of [billing, orders, billing]) {
      const { access_token } = await tokensOf(await refresh(server, refresh_token, partner, { resource }));
      expect(decodeJwt(access_token).aud).toBe(resource);
    }
  });

  test.each([
    ['orders:write', orders],
    ['invoices:read', billing],
    ['openid invoices:read', billing],
  ])('serves the one that has the scope %s when a refresh asks for that', async (scope, aud) => {
    const server = await start();
    const refreshed = await refresh(server, (await tokens(server)).refresh_token, partner, { scope });
    const { access_token, ...answer } = await tokensOf(refreshed);
    expect([decodeJwt(access_token).aud, answer.scope]).toEqual([aud, scope]);
  });

  test.each([
    ['a scope of each', { scope: 'orders:write invoices:read' }, 'invalid_target'],
    ['a scope that both have', { scope: 'read' }, 'invalid_target'],
    ['one and a scope of the other', { resource: billing, scope: 'orders:write' }, 'invalid_scope'],
  ])('serves none when a refresh asks for %s', async (_what, parameters, error) => {
    const server = await start();
    const { refresh_token } = await tokens(server);
    await expectRefusal(await refresh(server, refresh_token, partner, parameters), 400, error);
    await tokensOf(await refresh(server, refresh_token, partner, { resource: billing }));
  });
});

describe.each([
  ['a confidential client', partner],
  ['a public client', { id: 'phone', redirectUri: 'http://127.0.0.1/callback' }],
])('of %s', (_who, client) => {
  const phone = {
    client_id: 'phone',
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    always_issue_refresh_token: true,
    scope: 'orders:read invoices:read',
  };

  test('neither a code nor a refresh token is used up by a request that does not say which of two APIs', async () => {
    const server = await startAuthServer({
      ...(await severalApis({ clients: [...clients, phone] })),
      REFRESH_TOKEN_OVERLAP_SECONDS: '0',
    });
    const send = await codeInSteps(server, client, {
      resource: [orders, billing],
      scope: 'orders:read invoices:read',
    });
    for (const _try of [1, 2]) await expectRefusal(await send({}), 400, 'invalid_target');
    const first = await tokensOf(await send({ resource: billing }));
    for (const _try of [1, 2]) {
      await expectRefusal(await refresh(server, first.refresh_token, client), 400, 'invalid_target');
    }
    const again = await refresh(server, first.refresh_token, client, { resource: orders });
    expect(decodeJwt((await tokensOf(again)).access_token).aud).toBe(orders);
  });
});

describe('once an API or a scope is deleted', () => {
  const without = (resource: string) => apis.filter((one) => one.resource !== resource);
  const withoutWrite = apis.map((one) =>
    one.resource === orders ? { ...one, scopes: { 'orders:read': 'See your orders', read: 'See' } } : one,
  );

  test.each<[string, unknown[], Asked]>([
    ['its API', without(orders), { resource: orders, scope: 'orders:read' }],
    ['one of its scopes', withoutWrite, { resource: orders, scope: 'orders:read orders:write' }],
  ])('a token is inactive without %s, and another is not', async (_what, left, asked) => {
    const key = await makeKey();
    const JWKS_FILE = await temporaryFile({ keys: [key.jwk] });
    const before = await startAuthServer({ ...(await severalApis()), JWKS_FILE });
    const gone = await tokensOf(await byItself(before, asked));
    const kept = await tokensOf(await byItself(before, { resource: billing }));
    const after = await startAuthServer({
      ...(await severalApis({ apis: left, clients: clientsOf(left) })),
      JWKS_FILE,
      ISSUER: before.issuer,
    });
    expect(await introspected(before, gone.access_token, gateway)).toMatchObject({ active: true });
    expect(await introspected(after, gone.access_token, gateway)).toEqual({ active: false });
    expect(await introspected(after, kept.access_token, gateway)).toMatchObject({ active: true });
  });

  /** The clients, with such scopes as there are still. */
  function clientsOf(left: unknown[]) {
    const scopes = new Set(left.flatMap((one) => Object.keys((one as { scopes: object }).scopes)));
    return clients.map((client) =>
      client.scope === undefined
        ? client
        : {
            ...client,
            scope: String(client.scope)
              .split(' ')
              .filter((one) => scopes.has(one) || ['openid', 'profile'].includes(one))
              .join(' '),
          },
    );
  }
});
