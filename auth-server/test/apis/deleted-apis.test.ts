/** What becomes of tokens, refresh tokens and clients when an API or a scope is deleted. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { expectRefusal, makeKey, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { refresh, tokensOf } from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN } from '../support/registry.ts';
import {
  type Asked,
  apis,
  billing,
  byCode,
  byItself,
  byPassword,
  clients,
  gateway,
  orders,
  partner,
  severalApis,
} from './several-apis.ts';

interface Definition {
  resource: string;
  scopes: object;
}

const withoutOrders = apis.filter(({ resource }) => resource !== orders);
const withoutWrite: Definition[] = apis.map((one) =>
  one.resource === orders ? { ...one, scopes: { 'orders:read': 'See your orders', read: 'See' } } : one,
);

/** Starts a server twice, at one address and with the same keys and stores: before and after its APIs have changed. */
async function startTwice(left: Definition[], settings: Record<string, string> = {}) {
  const JWKS_FILE = await temporaryFile({ keys: [(await makeKey()).jwk] });
  const overrides = { artifacts: memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal) };
  const before = await startAuthServer({ ...(await severalApis()), JWKS_FILE, ...settings }, overrides);
  const after = await startAuthServer(
    {
      ...(await severalApis({ apis: left, clients: registeredFor(left) })),
      JWKS_FILE,
      ISSUER: before.issuer,
      ...settings,
    },
    overrides,
  );
  return { before, after };
}

/** The clients of the file, with such scopes as there still are. */
function registeredFor(left: Definition[]) {
  const scopes = new Set(['openid', 'profile', ...left.flatMap((one) => Object.keys(one.scopes))]);
  return clients.map(({ scope, ...client }) => {
    const still = (scope as string | undefined)?.split(' ').filter((one) => scopes.has(one));
    return { ...client, ...(still && { scope: still.join(' ') }) };
  });
}

type Server = Awaited<ReturnType<typeof startAuthServer>>;

const isActive = async (server: Server, token: string) =>
  ((await (await server.introspect(token, gateway)).json()) as { active: boolean }).active;

describe.each([
  ["a client's own token", byItself],
  ['a user token by password', byPassword],
  ['a token for a code', byCode()],
])('%s', (_what, get) => {
  test.each<[string, Definition[], Asked]>([
    ['its API', withoutOrders, { resource: orders, scope: 'orders:read' }],
    ['one of its scopes', withoutWrite, { resource: orders, scope: 'orders:read orders:write' }],
  ])('is inactive without %s, and another is not', async (_gone, left, asked) => {
    const { before, after } = await startTwice(left);
    const gone = await tokensOf(await get(before, asked));
    const kept = await tokensOf(await get(before, { resource: billing }));
    expect(await isActive(before, gone.access_token)).toBe(true);
    expect(await isActive(after, gone.access_token)).toBe(false);
    expect(await isActive(after, kept.access_token)).toBe(true);
  });
});

describe('a refresh token', () => {
  test('of two APIs, one of which is gone, serves the other, and is refused for the one that is gone', async () => {
    const { before, after } = await startTwice(withoutOrders);
    const { refresh_token } = await tokensOf(
      await byCode()(before, {
        resource: [orders, billing],
        scope: 'openid orders:read invoices:read',
        redeemed: { resource: orders },
      }),
    );
    for (const parameters of [{ resource: orders }, { scope: 'orders:read' }]) {
      await expectRefusal(await refresh(after, refresh_token, partner, parameters), 400, 'invalid_target');
    }
    for (const parameters of [{}, { resource: billing }, { scope: 'invoices:read' }]) {
      const { access_token } = await tokensOf(await refresh(after, refresh_token, partner, parameters));
      expect(decodeJwt(access_token)).toMatchObject({ aud: billing });
      expect(String(decodeJwt(access_token).scope)).not.toContain('orders');
    }
  });

  test.each([['orders:read'], ['openid orders:read']])(
    'of %s serves nothing once the API is gone',
    async (scope) => {
      const { before, after } = await startTwice(withoutOrders);
      const { refresh_token } = await tokensOf(await byCode()(before, { resource: orders, scope }));
      await expectRefusal(await refresh(after, refresh_token, partner), 400, 'invalid_target');
    },
  );

  test('gives the scopes that there still are', async () => {
    const { before, after } = await startTwice(withoutWrite);
    const { refresh_token } = await tokensOf(
      await byCode()(before, { resource: orders, scope: 'orders:read orders:write' }),
    );
    const { access_token, scope } = await tokensOf(await refresh(after, refresh_token, partner));
    expect([scope, decodeJwt(access_token).scope]).toEqual(['orders:read', 'orders:read']);
    expect(await isActive(after, access_token)).toBe(true);
  });
});

describe('a client that registered itself', () => {
  const register = async (server: Server, scope: string) => {
    const response = await fetch(`${server.issuer}/register`, {
      method: 'POST',
      body: JSON.stringify({
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope,
      }),
      headers: { authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`, 'content-type': 'application/json' },
    });
    expect(response.status).toBe(201);
    const { client_id, client_secret } = (await response.json()) as Record<string, string>;
    return { id: String(client_id), secret: String(client_secret) };
  };

  test('for scopes of which some are gone may ask for those that are left', async () => {
    const { before, after } = await startTwice(withoutOrders, { INITIAL_ACCESS_TOKEN });
    const client = await register(before, 'orders:read invoices:read');
    const { scope } = await tokensOf(await after.requestClientToken({}, client));
    expect(scope).toBe('invoices:read');
  });

  test('for scopes that are all gone may ask for nothing, not even for default scopes', async () => {
    const { before, after } = await startTwice(withoutOrders, { INITIAL_ACCESS_TOKEN });
    const client = await register(before, 'orders:read orders:write');
    for (const asked of [{}, { scope: 'current_time' }, { resource: billing }]) {
      await expectRefusal(await after.requestClientToken(asked, client), 400, 'invalid_scope');
    }
  });
});
