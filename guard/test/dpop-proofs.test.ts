/** The checks of a DPoP proof (RFC 9449 §4.3) in every case, in one framework. No answer says which of them failed. */
import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { athOf, keyOf } from 'shared/test/dpop.ts';
import { describe, expect, test } from 'vitest';
import { METADATA_URL, RESOURCE } from './api-under-test.ts';
import { ALGS, proofBy, startBound } from './dpop.ts';
import { koa } from './frameworks.ts';

const key = await keyOf();
const thief = await keyOf();
const rsa = await keyOf('RS256');
const now = () => Math.floor(Date.now() / 1000);
const start = 1_800_000_000;
const clock = () => start * 1000;

type Answered = Awaited<ReturnType<Awaited<ReturnType<typeof startBound>>['getWithProof']>>;

function expectInvalidProof({ status, challenges, body }: Answered): void {
  expect(status).toBe(401);
  expect(challenges).toEqual([
    {
      scheme: 'DPoP',
      error: 'invalid_dpop_proof',
      error_description: 'the DPoP proof is not valid',
      algs: ALGS,
      resource_metadata: METADATA_URL,
    },
  ]);
  expect(body).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
}

describe('the JWT:', () => {
  test.each(['ES384', 'RS512'])('%s may not sign it, although it is asymmetric', async (alg) => {
    const signer = await keyOf(alg);
    const { getWithProof } = await startBound(koa, signer);
    expectInvalidProof(await getWithProof(await proofBy(signer)));
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
    const { getWithProof } = await startBound(koa, key);
    expectInvalidProof(await getWithProof(await proofBy(key, {}, header).catch(() => craft(header))));
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
    const { getWithProof } = await startBound(koa, key);
    expectInvalidProof(await getWithProof(`${input}.${signature}`));
  });

  test('no signature is refused', async () => {
    const [, claims, signature] = (await proofBy(key)).split('.');
    const header = encode({ typ: 'dpop+jwt', alg: 'none', jwk: key.jwk });
    const { getWithProof } = await startBound(koa, key);
    expectInvalidProof(await getWithProof(`${header}.${claims}.${signature}`));
  });

  test('a signature of other claims is refused', async () => {
    const [header, , signature] = (await proofBy(key, { ath: athOf('another') })).split('.');
    const [, claims] = (await proofBy(key)).split('.');
    const { getWithProof } = await startBound(koa, key);
    expectInvalidProof(await getWithProof(`${header}.${claims}.${signature}`));
  });

  test('claims that are not JSON are refused', async () => {
    const { getWithProof } = await startBound(koa, key);
    const [header, , signature] = (await proofBy(key)).split('.');
    expectInvalidProof(await getWithProof(`${header}.bm9uc2Vuc2U.${signature}`));
  });
});

describe('the claims:', () => {
  test.each<[what: string, claims: JWTPayload]>([
    ['a path in capitals', { htu: `${RESOURCE}/NOTES` }],
    ['another port', { htu: `${RESOURCE}:8443/notes` }],
    ['a path alone', { htu: '/notes' }],
    ['a URI that is no text', { htu: [`${RESOURCE}/notes`] }],
    ['a time that is no number', { iat: String(now()) as unknown as number }],
    ['an id that is no text', { jti: 7 as unknown as string }],
    ['the token itself for its hash', { ath: 'a-token' }],
    ['an end that is past', { exp: now() - 75 }],
  ])('%s is refused', async (_, claims) => {
    const { getWithProof } = await startBound(koa, key);
    expectInvalidProof(await getWithProof(await proofBy(key, claims)));
  });

  test.each<[what: string, claims: JWTPayload]>([
    ['a start in the future, by a fast clock', { nbf: now() + 20, iat: now() + 20 }],
    ['an id of 256 characters', { jti: 'x'.repeat(256) }],
    ['claims that are not needed', { nonce: 'abc', extra: [1] }],
  ])('%s is accepted', async (_, claims) => {
    const { getWithProof } = await startBound(koa, key);
    expect((await getWithProof(await proofBy(key, claims))).status).toBe(200);
  });

  test.each([
    [-60, 200],
    [60, 200],
    [-61, 401],
    [61, 401],
  ])('a proof of %i seconds from now is %i', async (seconds, status) => {
    const { getWithProof } = await startBound(koa, key, {}, { clock });
    expect((await getWithProof(await proofBy(key, { iat: start + seconds }))).status).toBe(status);
  });

  test("whether an exp has passed is decided by the guard's own clock", async () => {
    const { getWithProof } = await startBound(koa, key, {}, { clock });
    const ask = async (exp: number) => getWithProof(await proofBy(key, { iat: start, exp }));
    expect((await ask(start + 1)).status).toBe(200);
    expectInvalidProof(await ask(start - 75));
  });
});

test.each([
  ['https://host.example/apis/time', 'https://host.example/apis/time/notes'],
  ['https://host.example/apis/time/', 'https://host.example/apis/time/notes'],
  ['HTTPS://Host.example:443', 'https://host.example/notes'],
  ['https://host.example/%7ealice', 'https://host.example/~alice/notes'],
  ['https://host.example/%c3%a9', 'https://host.example/%C3%A9/notes'],
])('the target URI of a call to the API %s is %s, whatever the Host header says', async (resource, htu) => {
  const { base, getWithProof } = await startBound(koa, key, { aud: resource }, { resource });
  const ask = async (htu: string) => (await getWithProof(await proofBy(key, { htu }))).status;
  expect(await ask(htu)).toBe(200);
  expect(await ask('https://host.example/other/notes')).toBe(401);
  expect(await ask(`${base}/notes`)).toBe(401);
});

test.each([
  ['is for another API', { aud: 'https://other.example' }],
  ["is a client's own", { sub: 'app' }],
  ['has another scope', { scope: 'write' }],
])('a caller that has a token but not its key does not learn that the token %s', async (_, facts) => {
  const { getWithProof } = await startBound(koa, key, facts);
  expectInvalidProof(await getWithProof(await proofBy(thief)));
});

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
