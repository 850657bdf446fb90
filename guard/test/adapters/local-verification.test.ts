/** Local verification of JWT access tokens (RFC 9068 §4): which tokens are good, and whose fault it is when none can be checked. */
import { createHmac, type webcrypto } from 'node:crypto';
import { CompactEncrypt, exportSPKI, importJWK } from 'jose';
import { type Answer, json, startUpstream } from 'shared/test/upstream.ts';
import { upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { accessToken, expectOutage, type IssuerKey, issuerKey, startApi } from './issuer-and-api.ts';

const first = await issuerKey('first');
const second = await issuerKey('second');
const foreign = await issuerKey('first');

/** Starts an issuer with these keys, and an API that verifies its tokens. */
async function start(
  keys: Answer | IssuerKey[] = [first],
  options: { algs?: string[]; maxLifetime?: number } = {},
) {
  const answer = Array.isArray(keys) ? json({ keys: keys.map(({ jwk }) => jwk) }) : keys;
  const { base: issuer, received } = await startUpstream(answer);
  const { get, outages } = await startApi(issuer, { verify: 'locally', ...options });
  const getWith = async (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = first,
  ) => get(await accessToken(issuer, key, claims, header));
  return { issuer, get, getWith, outages, received };
}

const now = () => Math.floor(Date.now() / 1000);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a good token is accepted, and its claims are known to the API', async () => {
  const { getWith } = await start();
  const response = await getWith({ acr: 'mfa', auth_time: now() });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    user: 'alice',
    clientId: 'shop',
    scopes: ['orders:read'],
    token: { acr: 'mfa', auth_time: expect.any(Number) },
  });
});

test.each(['RS256', 'PS256', 'ES384', 'Ed25519'])(
  'a token that is signed with %s is accepted',
  async (alg) => {
    const key = await issuerKey('other', alg);
    const { getWith } = await start([first, key]);
    expect((await getWith({}, {}, key)).status).toBe(200);
  },
);

test('the type may be written as a media type (RFC 9068 §4)', async () => {
  const { getWith } = await start();
  expect((await getWith({}, { typ: 'application/at+jwt' })).status).toBe(200);
});

describe('refused as inactive is a token', () => {
  test.each<
    [what: string, claims: Record<string, unknown>, header?: Record<string, unknown>, key?: IssuerKey]
  >([
    ['of another issuer', { iss: 'https://other.example' }],
    ['without an issuer', { iss: undefined }],
    ['that ended this second', { exp: now() }],
    ['without an end', { exp: undefined }],
    ['whose end is a text', { exp: 'never' }],
    ['that is not valid yet', { nbf: now() + 5 }],
    ['that will be issued in two minutes', { iat: now() + 120 }],
    ['without a subject', { sub: undefined }],
    ['without a client', { client_id: undefined }],
    ['without an audience', { aud: undefined }],
    ['without an id', { jti: undefined }],
    ['without the time when it was issued', { iat: undefined }],
    ['whose scope is a list', { scope: ['orders:read'] }],
    ['whose binding is no object', { cnf: 'a-key' }],
    ['that is an ID token', {}, { typ: 'JWT' }],
    ['without a type', {}, { typ: undefined }],
    ['that is a logout token', {}, { typ: 'logout+jwt' }],
    ['with a critical header parameter that nobody knows', {}, { crit: ['urgent'], urgent: true }],
    ['that another key signed under the same name', {}, {}, foreign],
    ['that an unknown key signed', {}, { kid: 'third' }, foreign],
    ['that brings its own key', {}, { kid: undefined, jwk: foreign.jwk }, foreign],
    [
      'that says where its key is',
      {},
      { jku: 'http://127.0.0.1:9/jwks', x5u: 'http://127.0.0.1:9/' },
      foreign,
    ],
    ['whose key has a number for a name', {}, { kid: 7 }],
  ])('%s', async (_what, claims, header = {}, key = first) => {
    const { getWith, outages } = await start();
    const response = await getWith(claims, header, key);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('the token is expired, revoked or unknown');
    expect(outages).toEqual([]);
  });

  test('that is not signed', async () => {
    const { issuer, get } = await start();
    const [, payload] = (await accessToken(issuer, first)).split('.');
    for (const alg of ['none', 'NONE'])
      expect((await get(`${base64url({ typ: 'at+jwt', alg })}.${payload}.`)).status).toBe(401);
  });

  test.each(['the key as PEM', 'the key as JSON'])('that is signed by HS256 with %s', async (form) => {
    const { issuer, get } = await start();
    const publicKey = (await importJWK(first.jwk)) as webcrypto.CryptoKey;
    const secret = form === 'the key as PEM' ? await exportSPKI(publicKey) : JSON.stringify(first.jwk);
    const [, payload] = (await accessToken(issuer, first)).split('.');
    const signed = `${base64url({ typ: 'at+jwt', alg: 'HS256', kid: 'first' })}.${payload}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    expect((await get(`${signed}.${signature}`)).status).toBe(401);
  });

  test('that is encrypted', async () => {
    const { issuer, get } = await start();
    const token = await new CompactEncrypt(Buffer.from(await accessToken(issuer, first)))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', typ: 'at+jwt', kid: 'first' })
      .encrypt(await importJWK({ ...first.jwk, alg: 'ECDH-ES', use: 'enc' }));
    expect((await get(token)).status).toBe(401);
  });

  test('that was changed in any part', async () => {
    const { issuer, get, outages } = await start();
    const parts = (await accessToken(issuer, first)).split('.');
    const changes = parts.flatMap((part, index) => [
      parts.with(index, `${part.slice(0, 9)}${part[9] === 'A' ? 'B' : 'A'}${part.slice(10)}`),
      parts.with(index, part.slice(1)),
      parts.with(index, '____'),
      parts.with(index, base64url([])),
      parts.with(index, base64url(null)),
    ]);
    for (const changed of changes) expect((await get(changed.join('.'))).status).toBe(401);
    expect(outages).toEqual([]);
  });

  test.each(['opaque', 'a.b', 'a.b.c', 'a.b.c.d.e', 'a..', '...', 'e30.e30.e30'])(
    'that is no JWT: %s',
    async (token) => {
      const { get, outages } = await start();
      expect((await get(token)).status).toBe(401);
      expect(outages).toEqual([]);
    },
  );
});

test('a token for another API is told apart from an inactive one', async () => {
  const { getWith } = await start();
  const response = await getWith({ aud: 'https://stock.example' });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('the token is for another API');
});

test('`algs` are the only algorithms that may sign', async () => {
  const rsa = await issuerKey('rsa', 'RS256');
  const { getWith } = await start([first, rsa], { algs: ['ES256'] });
  expect((await getWith({}, {}, first)).status).toBe(200);
  expect((await getWith({}, {}, rsa)).status).toBe(401);
});

test('`maxLifetime` bounds how long a token lives in all', async () => {
  const { getWith } = await start([first], { maxLifetime: 60 });
  expect((await getWith({ exp: now() + 60, iat: now() })).status).toBe(200);
  expect((await getWith({ exp: now() + 62, iat: now() })).status).toBe(401);
  expect((await getWith({ exp: now() + 7_260, iat: now() + 7_200 })).status).toBe(401);
});

describe('the keys', () => {
  test('are fetched once, however many calls come at the same time', async () => {
    const { getWith, received } = await start();
    expect(received).toEqual([]);
    const responses = await Promise.all(Array.from({ length: 32 }, () => getWith()));
    expect(responses.map(({ status }) => status)).toEqual(Array(32).fill(200));
    expect(received.map(({ url }) => url)).toEqual(['/jwks']);
  });

  test('are fetched again for an unknown one, at most once in 30 seconds, and kept for ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
    let published = [first];
    const { getWith, received } = await start((request, res) =>
      json({ keys: published.map(({ jwk }) => jwk) })(request, res),
    );
    expect((await getWith()).status).toBe(200);
    published = [second];
    later(29_999);
    expect((await getWith({}, {}, second)).status).toBe(401);
    expect(received).toHaveLength(1);
    later(1);
    const responses = await Promise.all(Array.from({ length: 8 }, () => getWith({}, {}, second)));
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(received).toHaveLength(2);
    expect((await getWith()).status).toBe(401);
    later(599_999);
    expect((await getWith({}, {}, second)).status).toBe(200);
    published = [first];
    later(1);
    expect((await getWith({}, {}, second)).status).toBe(401);
    expect((await getWith()).status).toBe(200);
    expect(received).toHaveLength(3);
  });

  test('may have no names: then a token is tried with each that fits', async () => {
    const nameless = await Promise.all([issuerKey(undefined), issuerKey(undefined), issuerKey(undefined)]);
    const { getWith } = await start(nameless.slice(0, 2));
    for (const key of nameless.slice(0, 2)) expect((await getWith({}, {}, key)).status).toBe(200);
    expect((await getWith({}, {}, nameless[2])).status).toBe(401);
    expect((await getWith({ exp: now() - 1 }, {}, nameless[1])).status).toBe(401);
  });

  test('may be elsewhere than at the issuer, but must have a URL', async () => {
    const { base, received } = await startUpstream(json({ keys: [first.jwk] }));
    const issuer = 'https://issuer.example';
    const { get } = await startApi(issuer, { verify: 'locally', jwksUri: `${base}/keys` });
    expect((await get(await accessToken(issuer, first))).status).toBe(200);
    expect(received.map(({ url }) => url)).toEqual(['/keys']);
    for (const jwksUri of ['/keys', 'localhost:5001/jwks'])
      await expect(startApi(issuer, { verify: 'locally', jwksUri })).rejects.toThrow(
        `${jwksUri} is no http or https URL of an issuer`,
      );
  });
});

describe('when the server of the keys', () => {
  test.each(upstreamFailures({ keys: [first.jwk] }))(
    '$what, the answer is $statuses',
    async ({ start, statuses }) => {
      const issuer = await start();
      const { get, outages } = await startApi(issuer, { verify: 'locally' });
      await expectOutage(await get(await accessToken(issuer, first)), statuses);
      expect(outages).toHaveLength(1);
    },
  );

  test.each<[what: string, body: unknown]>([
    ['has none', { keys: [] }],
    ['gives keys of no kind', { keys: [{}] }],
    ['gives a key that is broken', { keys: [{ ...first.jwk, x: 'AA' }] }],
    ['gives a private key', { keys: [{ ...first.jwk, d: 'AA' }] }],
    ['gives a list', [first.jwk]],
    ['gives null', null],
  ])('%s, the answer is 502', async (_, body) => {
    const { getWith } = await start(json(body));
    await expectOutage(await getWith(), [502]);
  });

  test('gives a short RSA key, the answer is 502', async () => {
    const { publicKey, privateKey } = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    );
    const jwk = await crypto.subtle.exportKey('jwk', publicKey);
    const { issuer, get } = await start(json({ keys: [{ kty: 'RSA', n: jwk.n, e: jwk.e, kid: 'short' }] }));
    const [, payload] = (await accessToken(issuer, first)).split('.');
    const signed = `${base64url({ typ: 'at+jwt', alg: 'RS256', kid: 'short' })}.${payload}`;
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(signed));
    await expectOutage(await get(`${signed}.${Buffer.from(signature).toString('base64url')}`), [502]);
  });

  test('fails, only calls that need a new key suffer, and all succeed as soon as it works', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    let status = 503;
    const { getWith } = await start((request, res) =>
      json({ keys: [first.jwk, ...(status === 200 ? [second.jwk] : [])] }, status)(request, res),
    );
    expect((await getWith()).status).toBe(503);
    status = 200;
    expect((await getWith()).status).toBe(200);
    status = 503;
    vi.setSystemTime(Date.now() + 30_000);
    expect((await getWith({}, { kid: 'third' }, foreign)).status).toBe(503);
    expect((await getWith()).status).toBe(200);
  });
});
