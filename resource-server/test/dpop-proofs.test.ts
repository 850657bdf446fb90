/** The checks of a DPoP proof (RFC 9449 §4.3). A call whose proof fails one is refused, without saying which. */
import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { athOf, keyOf, proofBy, startWithBoundToken } from './dpop.ts';
import { challengeOf, RESOURCE, startResourceServer, tokenOf } from './resource-server.ts';

const key = await keyOf();
const thief = await keyOf();
const rsa = await keyOf('RS256');
const proof = await proofBy(key);
const unsigned = proof.replace(/[^.]+$/, '');
const now = () => Math.floor(Date.now() / 1000);

async function expectInvalidProof(response: Response, description = 'the DPoP proof is not valid') {
  expect(response.status).toBe(401);
  expect(challengeOf(response)).toBeUndefined();
  expect(challengeOf(response, 'DPoP')).toEqual({
    error: 'invalid_dpop_proof',
    error_description: description,
    algs: 'ES256 RS256 PS256 EdDSA Ed25519',
    resource_metadata: `${RESOURCE}/.well-known/oauth-protected-resource`,
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
}

describe('anything but exactly one proof is refused without introspection:', () => {
  const description = 'send one DPoP header with a proof, which is a signed JWT';

  test.each<[what: string, headers: Record<string, string>]>([
    ['no DPoP header', {}],
    ['an empty one', { dpop: '' }],
    ['a text that is not a JWT', { dpop: 'proof' }],
    ['a JWT without a signature', { dpop: unsigned }],
    ['two proofs in one header', { dpop: `${proof}, ${proof}` }],
  ])('%s', async (_, headers) => {
    const { get, asked } = await startWithBoundToken(key);
    const response = await get('/current_time', { authorization: 'DPoP a-token', ...headers });
    await expectInvalidProof(response, description);
    expect(asked).toEqual([]);
  });

  test('two DPoP headers', async () => {
    const { base, asked } = await startWithBoundToken(key);
    const request = ['GET /current_time HTTP/1.1', 'Host: localhost', 'Connection: close'];
    const proofs = [`DPoP: ${await proofBy(key)}`, `dpop: ${await proofBy(key)}`];
    const answer = parsed(await sendLines(base, ...request, 'Authorization: DPoP a-token', ...proofs));
    const { status, headers, body } = answer;
    await expectInvalidProof(new Response(body, { status, headers }), description);
    expect(asked).toEqual([]);
  });
});

describe('the JWT:', () => {
  test.each(['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])('%s may sign it', async (alg) => {
    const key = await keyOf(alg);
    const { getWithProof } = await startWithBoundToken(key);
    expect((await getWithProof(await proofBy(key))).status).toBe(200);
  });

  test.each(['ES384', 'RS512'])('%s may not, although it is asymmetric', async (alg) => {
    const key = await keyOf(alg);
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(await proofBy(key)));
  });

  test.each([
    ['another type', { typ: 'JWT' }],
    ['the type of an access token', { typ: 'at+jwt' }],
    ['no type', { typ: undefined }],
    ['no key', { jwk: undefined }],
    ['a key that is no object', { jwk: 'key' }],
    ['the private key', { jwk: key.privateJwk }],
    ['a part of a private key', { jwk: { ...key.jwk, p: 'AQAB' } }],
    ['a key that is not for signatures', { jwk: { ...key.jwk, use: 'enc' } }],
    ['a key of another kind', { jwk: rsa.jwk }],
    ["the key of another's signature", { jwk: thief.jwk }],
    ['an extension that is critical', { crit: ['exp'], exp: 1 }],
  ])('its header may not have %s', async (_, header) => {
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(await proofBy(key, {}, header).catch(() => craft(header))));
  });

  // Signs by hand what jose refuses to sign, so that only the header is wrong.
  async function craft(header: object): Promise<string> {
    const [, claims] = (await proofBy(key)).split('.');
    const input = `${encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...header })}.${claims}`;
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(signature).toString('base64url')}`;
  }

  test('a symmetric signature with the public key as the secret is refused', async () => {
    const [, claims] = (await proofBy(key)).split('.');
    const k = Buffer.from(JSON.stringify(key.jwk)).toString('base64url');
    const input = `${encode({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k } })}.${claims}`;
    const signature = createHmac('sha256', Buffer.from(k, 'base64url')).update(input).digest('base64url');
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(`${input}.${signature}`));
  });

  test('no signature is refused', async () => {
    const [, claims, signature] = (await proofBy(key)).split('.');
    const header = encode({ typ: 'dpop+jwt', alg: 'none', jwk: key.jwk });
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(`${header}.${claims}.${signature}`));
  });

  test('a signature of other claims is refused', async () => {
    const [header, , signature] = (await proofBy(key, { ath: athOf('another') })).split('.');
    const [, claims] = (await proofBy(key)).split('.');
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(`${header}.${claims}.${signature}`));
  });

  test('claims that are not JSON are refused', async () => {
    const { getWithProof } = await startWithBoundToken(key);
    const [header, , signature] = (await proofBy(key)).split('.');
    await expectInvalidProof(await getWithProof(`${header}.bm9uc2Vuc2U.${signature}`));
  });
});

describe('the claims:', () => {
  test.each<[what: string, claims: JWTPayload]>([
    ['another method', { htm: 'POST' }],
    ['the method in small letters', { htm: 'get' }],
    ['no method', { htm: undefined }],
    ['another path', { htu: `${RESOURCE}/epoch_time` }],
    ['a path in capitals', { htu: `${RESOURCE}/CURRENT_TIME` }],
    ['another host', { htu: 'https://other.example/current_time' }],
    ['another port', { htu: 'https://time.example:8443/current_time' }],
    ['another scheme', { htu: 'http://time.example/current_time' }],
    ['a URI with a user', { htu: 'https://alice@time.example/current_time' }],
    ['no URI', { htu: undefined }],
    ['a path alone', { htu: '/current_time' }],
    ['a URI that is no text', { htu: [`${RESOURCE}/current_time`] }],
    ['a time long ago', { iat: now() - 75 }],
    ['a time far off', { iat: now() + 75 }],
    ['a time that is no number', { iat: String(now()) as unknown as number }],
    ['no time', { iat: undefined as unknown as number }],
    ['no id', { jti: undefined as unknown as string }],
    ['an empty id', { jti: '' }],
    ['an id that is no text', { jti: 7 as unknown as string }],
    ['an id that is too long', { jti: 'x'.repeat(257) }],
    ['the hash of another token', { ath: athOf('another-token') }],
    ['the token itself for its hash', { ath: 'a-token' }],
    ['no hash of the token', { ath: undefined }],
    ['an end that is past', { exp: now() - 75 }],
  ])('%s is refused', async (_, claims) => {
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(await proofBy(key, claims)));
  });

  test.each<[what: string, claims: JWTPayload]>([
    ['a time within a minute before', { iat: now() - 45 }],
    ['a time within a minute after', { iat: now() + 45 }],
    ['a start in the future, by a fast clock', { nbf: now() + 20, iat: now() + 20 }],
    ['an id of 256 characters', { jti: 'x'.repeat(256) }],
    ['a URI with a query and a fragment', { htu: `${RESOURCE}/current_time?a=b#c` }],
    ['a URI with the default port', { htu: 'https://time.example:443/current_time' }],
    ['a URI with scheme and host in capitals', { htu: 'HTTPS://TIME.Example/current_time' }],
    ['a URI with dot segments', { htu: `${RESOURCE}/a/../current_time` }],
    ['a URI with needless percent-encoding', { htu: `${RESOURCE}/c%75rrent%5ftime` }],
    ['claims that are not needed', { nonce: 'abc', extra: [1] }],
  ])('%s is accepted', async (_, claims) => {
    const { getWithProof } = await startWithBoundToken(key);
    expect((await getWithProof(await proofBy(key, claims))).status).toBe(200);
  });

  test.each([
    [-60, 200],
    [60, 200],
    [-61, 401],
    [61, 401],
  ])('a proof of %i seconds from now is %i', async (seconds, status) => {
    const start = 1_800_000_000;
    const { getWithProof } = await startWithBoundToken(key, {}, { clock: () => start * 1000 });
    expect((await getWithProof(await proofBy(key, { iat: start + seconds }))).status).toBe(status);
  });

  test('whether an exp has passed is decided by our own clock', async () => {
    const start = 1_800_000_000;
    const { getWithProof } = await startWithBoundToken(key, {}, { clock: () => start * 1000 });
    const ask = async (exp: number) => getWithProof(await proofBy(key, { iat: start, exp }));
    expect((await ask(start + 1)).status).toBe(200);
    await expectInvalidProof(await ask(start - 75));
  });

  test('a proof for HEAD is good for HEAD', async () => {
    const { base } = await startWithBoundToken(key);
    const head = async (htm: string) => {
      const headers = { authorization: 'DPoP a-token', dpop: await proofBy(key, { htm }) };
      return (await fetch(`${base}/current_time`, { method: 'HEAD', headers })).status;
    };
    expect(await head('HEAD')).toBe(200);
    expect(await head('GET')).toBe(401);
  });
});

describe('the target URI is that of the resource identifier,', () => {
  const introspect = (RESOURCE: string) => async () => tokenOf({ aud: RESOURCE, cnf: { jkt: key.jkt } });

  test('not that of the Host header', async () => {
    const { base, getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(await proofBy(key, { htu: `${base}/current_time` })));
  });

  test('whatever the query of the request', async () => {
    const { getWithProof } = await startWithBoundToken(key);
    expect((await getWithProof(await proofBy(key), '/current_time?a=b')).status).toBe(200);
  });

  test.each([
    ['https://host.example/apis/time', 'https://host.example/apis/time/current_time'],
    ['https://host.example/apis/time/', 'https://host.example/apis/time/current_time'],
    ['HTTPS://Host.example:443', 'https://host.example/current_time'],
    ['https://host.example/%7ealice', 'https://host.example/~alice/current_time'],
    ['https://host.example/%c3%a9', 'https://host.example/%C3%A9/current_time'],
  ])('so for %s it is %s', async (RESOURCE, htu) => {
    const { get } = await startResourceServer({ RESOURCE }, { introspect: introspect(RESOURCE) });
    const ask = async (htu: string) =>
      get('/current_time', { authorization: 'DPoP a-token', dpop: await proofBy(key, { htu }) });
    expect((await ask(htu)).status).toBe(200);
    expect((await ask('https://host.example/other/current_time')).status).toBe(401);
  });
});

describe('a caller that has a token but not its key', () => {
  test('is refused with a proof by another key', async () => {
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidProof(await getWithProof(await proofBy(thief)));
  });

  test.each([
    ['is for another API', { aud: 'https://other.example' }],
    ["is a client's own", { sub: '1234' }],
    ['has another scope', { scope: 'epoch_time' }],
  ])('does not learn that the token %s', async (_, facts) => {
    const { getWithProof, lines } = await startWithBoundToken(key, facts);
    await expectInvalidProof(await getWithProof(await proofBy(thief)));
    const line = lines.find(({ event }) => event === 'http.request');
    expect(line).not.toHaveProperty('user');
  });
});

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
