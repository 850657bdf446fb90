/** Any token that is not a valid one of ours is introspected as exactly `{"active":false}` (RFC 7662 §2.2). */
import { exportSPKI, type JWTPayload, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { marked } from '../../src/oidc/tokens/structured-tokens.ts';
import { accessToken, makeKey, startAuthServer, temporaryFile, webapp } from '../support/auth-server.ts';

type Key = Awaited<ReturnType<typeof makeKey>>;

interface Forgery {
  header?: Record<string, unknown>;
  claims?: JWTPayload;
  key?: Key['privateKey'] | Uint8Array;
}

const header = ({ kid }: Key) => ({ alg: 'ES256', typ: 'at+jwt', kid });
const claims = (issuer: string): JWTPayload => ({
  iss: issuer,
  aud: 'http://localhost:5002',
  sub: 'alice',
  client_id: webapp.id,
  scope: 'current_time',
  jti: 'of-our-own-making',
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + 5,
});
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A server whose signing key the test has, a forger of tokens, and the introspection of a token. */
async function start() {
  const key = await makeKey();
  const server = await startAuthServer({ JWKS_FILE: await temporaryFile({ keys: [key.jwk] }) });
  const introspected = async (token: string) => {
    const response = await server.introspect(token);
    return { status: response.status, body: await response.json() };
  };
  const forged = ({ header: changed, claims: changedClaims, key: signingKey }: Forgery) =>
    new SignJWT({ ...claims(server.issuer), ...changedClaims })
      .setProtectedHeader({ ...header(key), ...changed })
      .sign(signingKey ?? key.privateKey);
  return { ...server, key, introspected, forged };
}

const inactive = { status: 200, body: { active: false } };

test('a forged token without any difference is active, or the tests below would mean nothing', async () => {
  const { forged, introspected } = await start();
  expect(await introspected(await forged({}))).toMatchObject({ status: 200, body: { active: true } });
});

test.each(['garbage', ' ', '.', '..', '...', 'a.b.c', 'e30.e30.', 'jwt:', 'jwt:a.b.c', '%00', 'é'])(
  'the text "%s" is inactive',
  async (text) => {
    const { introspected } = await start();
    expect(await introspected(text)).toEqual(inactive);
  },
);

describe('a token is inactive', () => {
  test.each<[string, (key: Key) => Promise<Forgery> | Forgery]>([
    ['from another issuer', () => ({ claims: { iss: 'http://localhost:5999' } })],
    ['with the typ JWT', () => ({ header: { typ: 'JWT' } })],
    ['without a typ', () => ({ header: { typ: undefined } })],
    ['before its nbf', () => ({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } })],
    ['after its exp', () => ({ claims: { exp: Math.floor(Date.now() / 1000) - 1 } })],
    ['with an unknown kid', () => ({ header: { kid: 'unknown' } })],
    [
      'with the signature of a foreign key under our kid',
      async () => ({ key: (await makeKey()).privateKey }),
    ],
    ['when a user gave it to a client that is not registered', () => ({ claims: { client_id: 'gone' } })],
    [
      'when it is the own token of a client that is not registered',
      () => ({ claims: { client_id: 'gone', sub: 'gone' } }),
    ],
    ['when it is for another API', () => ({ claims: { aud: 'http://localhost:5999' } })],
    [
      'with an HS256 signature by our public key',
      async ({ publicKey }) => ({
        header: { alg: 'HS256' },
        key: new TextEncoder().encode(await exportSPKI(publicKey)),
      }),
    ],
    [
      'with the signature of a foreign key that it carries itself',
      async () => {
        const { privateKey, jwk } = await makeKey();
        const { d: _d, ...publicJwk } = jwk;
        return { header: { jwk: publicJwk, kid: undefined }, key: privateKey };
      },
    ],
  ])('%s', async (_what, forgery) => {
    const { key, forged, introspected } = await start();
    expect(await introspected(await forged(await forgery(key)))).toEqual(inactive);
  });

  test.each(['exp', 'iat', 'jti', 'iss', 'sub', 'aud', 'client_id'])('without %s', async (claim) => {
    const { forged, introspected } = await start();
    expect(await introspected(await forged({ claims: { [claim]: undefined } }))).toEqual(inactive);
  });

  test('with the alg none', async () => {
    const { issuer, key, introspected } = await start();
    const token = `${encode({ ...header(key), alg: 'none' })}.${encode(claims(issuer))}.`;
    expect(await introspected(token)).toEqual(inactive);
  });

  test('with five parts, as an encrypted one has', async () => {
    const { introspected } = await start();
    const token = [encode({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' }), '', 'iv', 'text', 'tag'].join('.');
    expect(await introspected(token)).toEqual(inactive);
  });
});

describe('a token of ours becomes inactive with', () => {
  const change = (text = '') => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  test.each<[string, (parts: string[], issuer: string) => string]>([
    ['another signature', ([head, body, signature]) => [head, body, change(signature)].join('.')],
    ['no signature', ([head, body]) => [head, body, ''].join('.')],
    [
      'another payload',
      ([head, , signature], issuer) =>
        [head, encode({ ...claims(issuer), sub: 'mallory' }), signature].join('.'),
    ],
    ['our own mark in front', (parts) => marked(parts.join('.'))],
    ['two marks in front', (parts) => marked(marked(parts.join('.')))],
    ['a part behind', (parts) => [...parts, parts[2]].join('.')],
  ])('%s', async (_what, tamper) => {
    const { issuer, requestToken, introspected } = await start();
    const token = await accessToken(await requestToken());
    expect(await introspected(token)).toMatchObject({ body: { active: true } });
    expect(await introspected(tamper(token.split('.'), issuer))).toEqual(inactive);
  });
});
