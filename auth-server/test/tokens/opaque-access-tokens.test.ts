/** Opaque access tokens of an API: stored, seen by introspection only, and ended as JWTs are. */
import { describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import {
  apis,
  billing,
  billingApi,
  byCode,
  byDevice,
  byItself,
  byPassword,
  byRefresh,
  clients,
  house,
  job,
  orders,
  ordersApi,
  partner,
  severalApis,
  type Way,
} from '../apis/several-apis.ts';
import { expectRefusal, startAuthServer } from '../support/auth-server.ts';
import { codeFor, redeem, refresh, type Tokens, tokensOf } from '../support/code-flow.ts';
import { ath, makeProver } from '../support/prover.ts';
import { UserAgent } from '../support/user-agent.ts';

const opaque = apis.map((one) =>
  one.resource === orders ? { ...one, access_token_format: 'opaque', access_token_ttl: 600 } : one,
);
const artifacts = () => memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
const start = async (given = {}, overrides = {}) =>
  startAuthServer(await severalApis({ apis: opaque, ...given }), overrides);
type Server = Awaited<ReturnType<typeof start>>;
type Caller = { id: string; secret: string };

const introspected = async (server: Server, token: string, by: Caller = ordersApi) =>
  (await (await server.introspect(token, by)).json()) as Record<string, unknown>;
const isActive = async (server: Server, token: string) => (await introspected(server, token)).active;
const asked = { resource: orders, scope: 'orders:read' };
const userinfo = ({ issuer }: Server, token: string, headers: Record<string, string> = {}) =>
  fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}`, ...headers } });

const ways: [string, Way, Caller, string | undefined][] = [
  ['a user token by password', byPassword, house, 'alice'],
  ['a token of the client itself', byItself, job, undefined],
  ['a token for a code', byCode(), partner, 'alice'],
  ['a token for a code of a first-party client', byCode(house), house, 'alice'],
  ['a refreshed token', byRefresh, partner, 'alice'],
  ["a device's token", byDevice, partner, 'alice'],
];

describe.each(ways)('%s', (_what, get, client, sub) => {
  test('has no parts, lives as long as the API says, and is active to its API and its client only', async () => {
    const server = await start();
    const { access_token, expires_in, scope, token_type } = await tokensOf(await get(server, asked));
    expect(access_token).toMatch(/^[\w-]{43}$/);
    expect([expires_in, scope, token_type]).toEqual([600, 'orders:read', 'Bearer']);
    for (const caller of [ordersApi, client]) {
      const answer = await introspected(server, access_token, caller);
      expect(answer).toMatchObject({
        active: true,
        aud: orders,
        scope: 'orders:read',
        client_id: client.id,
        token_type: 'Bearer',
        iss: server.issuer,
        ...(sub !== undefined && { sub }),
      });
      expect(answer.jti).toBeUndefined();
      expect(Number(answer.exp) - Number(answer.iat)).toBe(600);
    }
    expect(await introspected(server, access_token, billingApi)).toEqual({ active: false });
  });

  test('is revoked by its client, and by no other', async () => {
    const server = await start();
    const { access_token } = await tokensOf(await get(server, asked));
    await expectRefusal(await server.revoke(access_token, ordersApi), 400, 'invalid_request');
    expect(await isActive(server, access_token)).toBe(true);
    expect((await server.revoke(access_token, client)).status).toBe(200);
    expect(await isActive(server, access_token)).toBe(false);
  });

  test.each([
    ['its API', opaque.filter(({ resource }) => resource !== orders), clients],
    [
      'a scope of it',
      opaque.map((one) => (one.resource === orders ? { ...one, scopes: { 'orders:write': 'Change' } } : one)),
      clients,
    ],
    ['its client', opaque, clients.filter(({ client_id }) => client_id !== client.id)],
  ])('is inactive once %s is gone', async (_gone, left, registered) => {
    const store = artifacts();
    const server = await start({}, { artifacts: store });
    const { access_token } = await tokensOf(await get(server, asked));
    expect(await isActive(server, access_token)).toBe(true);
    const scopes = new Set(left.flatMap((one) => Object.keys(one.scopes)));
    const after = await start(
      {
        apis: left,
        clients: registered.map((one) => ({
          ...one,
          ...(typeof one.scope === 'string' && {
            scope: one.scope
              .split(' ')
              .filter((scope) => scopes.has(scope) || scope === 'openid')
              .join(' '),
          }),
        })),
      },
      { artifacts: store },
    );
    expect(await isActive(after, access_token)).toBe(false);
  });
});

describe('a token with scopes of OpenID Connect, too', () => {
  const mixed = { resource: orders, scope: 'openid profile orders:read' };

  test.each([
    ['a code', byCode()],
    ['a refresh', byRefresh],
    ['a device', byDevice],
  ])('says so by %s, and opens userinfo beside the API', async (_way, get) => {
    const server = await start();
    const { access_token, scope } = await tokensOf(await get(server, mixed));
    expect(scope.split(' ').sort()).toEqual(['openid', 'orders:read', 'profile']);
    expect(await introspected(server, access_token)).toMatchObject({ active: true, scope, aud: orders });
    expect(await (await userinfo(server, access_token)).json()).toMatchObject({
      sub: 'alice',
      name: 'Alice Example',
    });
  });

  test('is refused at userinfo without them, as a JWT is', async () => {
    const server = await start();
    const [ofOrders, ofBilling] = [
      await tokensOf(await byCode()(server, asked)),
      await tokensOf(await byCode()(server, { resource: billing })),
    ];
    for (const { access_token } of [ofOrders, ofBilling]) {
      const response = await userinfo(server, access_token);
      expect(response.status).toBe(403);
      expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    }
  });
});

test('a token ends with its grant when the refresh token is revoked', async () => {
  const server = await start();
  const { access_token, refresh_token } = await tokensOf(await byCode()(server, asked));
  expect(await isActive(server, access_token)).toBe(true);
  await server.revoke(refresh_token, partner);
  expect(await isActive(server, access_token)).toBe(false);
});

test('a token ends when its code is sent again', async () => {
  const server = await start();
  const code = await codeFor(server, partner, asked);
  const { access_token } = await tokensOf(await redeem(server, code, partner));
  await expectRefusal(await redeem(server, code, partner), 400, 'invalid_grant');
  expect(await isActive(server, access_token)).toBe(false);
});

test('a token ends when its user signs out, and with offline access it does not', async () => {
  const server = await start({
    clients: clients.map((one) =>
      one.client_id === partner.id
        ? { ...one, always_issue_refresh_token: false, scope: `${one.scope} offline_access` }
        : one,
    ),
  });
  const browser = new UserAgent(server.issuer);
  const tokens: Tokens[] = [];
  for (const more of [{}, { scope: 'openid orders:read offline_access', prompt: 'consent' }]) {
    const code = await codeFor(server, partner, { ...asked, ...more }, browser);
    tokens.push(await tokensOf(await redeem(server, code, partner)));
  }
  const active = () => Promise.all(tokens.map(({ access_token }) => isActive(server, access_token)));
  expect(await active()).toEqual([true, true]);
  await (await browser.open('/logout')).press('Sign out');
  expect(await active()).toEqual([false, true]);
});

test('a token that is bound to a key says so, and opens userinfo with a proof of that key only', async () => {
  const server = await start();
  const [owner, thief] = [await makeProver(), await makeProver()];
  const code = await codeFor(server, partner, { resource: orders, scope: 'openid orders:read' });
  const proof = await owner.prove(`${server.issuer}/token`);
  const { access_token, token_type } = await tokensOf(await redeem(server, code, partner, {}, proof));
  expect(token_type).toBe('DPoP');
  expect(await introspected(server, access_token)).toMatchObject({
    active: true,
    token_type: 'DPoP',
    cnf: { jkt: owner.jkt },
  });
  const url = `${server.issuer}/userinfo`;
  const by = async ({ prove }: typeof owner) =>
    userinfo(server, access_token, {
      authorization: `DPoP ${access_token}`,
      dpop: await prove(url, 'GET', { ath: ath(access_token) }),
    });
  expect((await userinfo(server, access_token)).status).toBe(401);
  expect((await by(thief)).status).toBe(401);
  expect((await by(owner)).status).toBe(200);
});

test('a revocation of a token ends no other token', async () => {
  const server = await start();
  const [one, other] = [
    await tokensOf(await byItself(server, asked)),
    await tokensOf(await byItself(server, asked)),
  ];
  await server.revoke(one.access_token, job);
  expect(await isActive(server, one.access_token)).toBe(false);
  expect(await isActive(server, other.access_token)).toBe(true);
});

test('one refresh token serves an API with opaque tokens and one with JWTs', async () => {
  const server = await start();
  const both = { resource: [orders, billing], scope: 'orders:read invoices:read' };
  const code = await codeFor(server, partner, both);
  const { refresh_token, access_token } = await tokensOf(
    await redeem(server, code, partner, { resource: orders }),
  );
  const jwt = await tokensOf(await refresh(server, refresh_token, partner, { resource: billing }));
  expect([access_token.split('.').length, jwt.access_token.split('.').length]).toEqual([1, 3]);
  expect(await introspected(server, jwt.access_token, billingApi)).toMatchObject({ active: true });
});

test('no token is ever logged, from its issue to its end', async () => {
  const server = await start();
  const secrets: string[] = [];
  for (const [, get, client] of ways) {
    const { access_token, refresh_token } = await tokensOf(await get(server, asked));
    secrets.push(access_token, ...(refresh_token === undefined ? [] : [refresh_token]));
    await introspected(server, access_token);
    await server.introspect(access_token, billingApi);
    await userinfo(server, access_token);
    await server.revoke(access_token, ordersApi);
    await server.revoke(access_token, client);
    await server.revoke(access_token, client);
    await server.introspect(access_token, client);
  }
  await expect
    .poll(() => server.lines.filter(({ event }) => event === 'token.revoked').length)
    .toBe(ways.length);
  const log = JSON.stringify(server.lines);
  expect(log).toContain('token.issued');
  for (const secret of secrets) expect(log).not.toContain(secret);
});
