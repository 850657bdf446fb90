/** JWTs of APIs that differ in algorithm and lifetime: each is signed, verified and revoked by the rules of its API. */
import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  apis,
  billing,
  billingApi,
  byItself,
  gateway,
  job,
  orders,
  ordersApi,
  severalApis,
} from '../apis/several-apis.ts';
import { makeKey, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { tokensOf } from '../support/code-flow.ts';

afterEach(() => void vi.useRealTimers());

type Server = Awaited<ReturnType<typeof startAuthServer>>;
type Caller = { id: string; secret: string };

const isActive = async (server: Server, token: string, by: Caller = gateway) =>
  ((await (await server.introspect(token, by)).json()) as { active: boolean }).active;

const ownToken = async (server: Server, resource = orders) =>
  (await tokensOf(await byItself(server, { resource, scope: 'read' }))).access_token;

/** The APIs, with other members of the first one. */
const withOrders = (members: object) =>
  severalApis({ apis: apis.map((one) => (one.resource === orders ? { ...one, ...members } : one)) });

describe.each(['on', 'off'])('with FAST_PATH=%s', (FAST_PATH) => {
  describe.each(['RS256', 'PS256', 'EdDSA', 'Ed25519'])('an API whose tokens are signed by %s', (alg) => {
    async function start() {
      const keys = { ES256: await makeKey('ES256'), own: await makeKey(alg) };
      const server = await startAuthServer({
        ...(await withOrders({ signing_alg: alg })),
        JWKS_FILE: await temporaryFile({ keys: [keys.ES256.jwk, keys.own.jwk] }),
        FAST_PATH,
      });
      return { server, keys };
    }

    test('has such tokens, beside one whose tokens are signed by another', async () => {
      const { server } = await start();
      const [own, other] = [await ownToken(server), await ownToken(server, billing)];
      expect(decodeProtectedHeader(own)).toMatchObject({ alg, typ: 'at+jwt' });
      expect(decodeProtectedHeader(other)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
      expect([await isActive(server, own, ordersApi), await isActive(server, other, billingApi)]).toEqual([
        true,
        true,
      ]);
    });

    test('has none that another key of the server has signed', async () => {
      const { server, keys } = await start();
      const forged = (key: typeof keys.own, algorithm: string) =>
        new SignJWT({ ...decodeJwt(own), jti: randomUUID() })
          .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: key.kid })
          .sign(key.privateKey);
      const own = await ownToken(server);
      expect(await isActive(server, await forged(keys.own, alg))).toBe(true);
      expect(await isActive(server, await forged(keys.ES256, 'ES256'))).toBe(false);
    });
  });

  test('a token of minutes is active for as long as it lives, and not longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T06:11:11.000Z') });
    const server = await startAuthServer({ ...(await severalApis()), FAST_PATH });
    const token = await ownToken(server);
    const issued = Date.now();
    for (const [seconds, expected] of [
      [0, true],
      [11, true],
      [200, true],
      [299, true],
      [300, false],
      [301, false],
    ] as const) {
      vi.setSystemTime(issued + seconds * 1_000);
      expect(await isActive(server, token)).toBe(expected);
    }
  });

  test('a revocation of a token of a day is remembered for that day', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T06:11:11.000Z') });
    const settings = await withOrders({ access_token_ttl: 86_400 });
    const server = await startAuthServer({ ...settings, FAST_PATH });
    const [revoked, kept] = [await ownToken(server), await ownToken(server)];
    const issued = Date.now();
    await server.revoke(revoked, job);
    for (const seconds of [0, 6, 3_600, 86_399]) {
      vi.setSystemTime(issued + seconds * 1_000);
      // Others come and go meanwhile.
      await server.revoke(await ownToken(server), job);
      expect([await isActive(server, revoked), await isActive(server, kept)]).toEqual([false, true]);
    }
  });

  test('a token that lives longer than its API gives is inactive, even if it has our signature', async () => {
    const key = await makeKey();
    const server = await startAuthServer({
      ...(await severalApis()),
      JWKS_FILE: await temporaryFile({ keys: [key.jwk] }),
      FAST_PATH,
    });
    const claims = decodeJwt(await ownToken(server, billing));
    const lasting = (seconds: number) =>
      new SignJWT({ ...claims, jti: randomUUID(), exp: Number(claims.iat) + seconds })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
        .sign(key.privateKey);
    expect(await isActive(server, await lasting(60))).toBe(true);
    expect(await isActive(server, await lasting(61))).toBe(false);
  });
});
