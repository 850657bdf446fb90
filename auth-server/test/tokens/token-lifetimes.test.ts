/** A forger who has a signing key cannot make a token that lives longer than its API's tokens, or that breaks anything. */
import type { JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { ADMIN_RESOURCE, keysOf, startAdministered } from '../support/administered.ts';
import { batch, makeKey, resourceServer, temporaryFile, webapp } from '../support/auth-server.ts';
import { isActive } from '../support/code-flow.ts';
import { forgedToken } from '../support/forged-tokens.ts';

const now = () => Math.floor(Date.now() / 1_000);

/** A server whose signing key has leaked. */
async function start(FAST_PATH = 'on') {
  const { jwk } = await makeKey();
  const JWKS_FILE = await temporaryFile({ keys: [jwk] });
  const server = await startAdministered({ JWKS_FILE, FAST_PATH });
  const forge = (claims: JWTPayload = {}) => forgedToken(server.issuer, jwk, claims);
  const forgeAdmins = (claims: JWTPayload = {}) =>
    forge({ aud: ADMIN_RESOURCE, sub: batch.id, client_id: batch.id, scope: 'keys:read', ...claims });
  return { ...server, forge, forgeAdmins };
}

const lasting: [string, () => JWTPayload][] = [
  ['lives a second longer than its API says', () => ({ exp: now() + 6 })],
  ['lives for a year', () => ({ exp: now() + 31_536_000 })],
  ['was issued long ago', () => ({ iat: now() - 3_600, exp: now() + 5 })],
  ['was issued in the future', () => ({ iat: now() + 8, exp: now() + 12 })],
  ['was issued next year', () => ({ iat: now() + 31_536_000, exp: now() + 31_536_005 })],
  ['has times that are almost infinite', () => ({ iat: -1e308, exp: 1e308 })],
  ['has a text as its iat', () => ({ iat: String(now()) as unknown as number, exp: now() + 5 })],
];

describe.each(['on', 'off'])('with FAST_PATH=%s, a forged token', (FAST_PATH) => {
  test('without any difference is active and opens the admin API, or the tests below would mean nothing', async () => {
    const server = await start(FAST_PATH);
    expect(await isActive(server, await server.forge())).toBe(true);
    expect((await keysOf(server, await server.forgeAdmins())).status).toBe(200);
  });

  test('that is a little ahead of our clock, as another replica may be, is active', async () => {
    const server = await start(FAST_PATH);
    expect(await isActive(server, await server.forge({ iat: now() + 2, exp: now() + 7 }))).toBe(true);
  });

  test.each(lasting)('that %s is inactive', async (_what, claims) => {
    const server = await start(FAST_PATH);
    const token = await server.forge(claims());
    for (const caller of [resourceServer, webapp])
      expect(await (await server.introspect(token, caller)).json()).toEqual({ active: false });
  });

  test.each(lasting)('that %s is refused by the admin API', async (_what, claims) => {
    const server = await start(FAST_PATH);
    const response = await keysOf(server, await server.forgeAdmins(claims()));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
  });

  test.each(lasting)('that %s is treated as unknown at revocation', async (_what, claims) => {
    const server = await start(FAST_PATH);
    const token = await server.forge(claims());
    // Another client's valid token would be refused.
    for (const client of [webapp, batch]) expect((await server.revoke(token, client)).status).toBe(200);
  });
});

describe.each(['on', 'off'])('with FAST_PATH=%s', (FAST_PATH) => {
  test.each(['jti', 'sub', 'client_id', 'scope', 'cnf', 'grant_id', 'session_uid'])(
    'a forged token whose %s has another type than ours is inactive, opens nothing and does no harm',
    async (claim) => {
      const server = await start(FAST_PATH);
      for (const value of [{ a: 1 }, ['x'], 5, true, null]) {
        const token = await server.forge({ [claim]: value });
        for (const caller of [resourceServer, webapp])
          expect(await (await server.introspect(token, caller)).json()).toEqual({ active: false });
        expect((await server.revoke(token, webapp)).status).toBe(200);
        expect((await keysOf(server, await server.forgeAdmins({ [claim]: value }))).status).toBe(401);
      }
    },
  );
});

test('a token for two APIs, or for one that is not ours, is inactive to its own client and opens nothing', async () => {
  const server = await start();
  const inactive = { active: false };
  for (const aud of [['http://localhost:5002', ADMIN_RESOURCE], [ADMIN_RESOURCE], 'http://localhost:5999']) {
    const token = await server.forge({ aud });
    expect(await (await server.introspect(token, webapp)).json()).toEqual(inactive);
    expect((await keysOf(server, await server.forgeAdmins({ aud }))).status).toBe(401);
  }
});
