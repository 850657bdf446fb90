/** Tokens that are bound to a key, tokens that are not, and how each may be presented (RFC 9449 §7). */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { keyOf, proofBy, startWithBoundToken } from './dpop.ts';
import { challengeOf, RESOURCE, startWithToken } from './resource-server.ts';

const resource_metadata = `${RESOURCE}/.well-known/oauth-protected-resource`;
const algs = 'ES256 RS256 PS256 EdDSA Ed25519';
const key = await keyOf();

test.each(['DPoP', 'dpop', 'DPOP'])(
  'a bound token with a proof by its key and the scheme %s gets the time',
  async (scheme) => {
    const { getWithProof, asked } = await startWithBoundToken(key);
    const response = await getWithProof(await proofBy(key), '/current_time', scheme);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ current_time: expect.any(String) });
    expect(asked).toEqual(['a-token']);
  },
);

describe('401 invalid_token, with a DPoP challenge', () => {
  async function expectInvalidToken(response: Response) {
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toBeUndefined();
    expect(challengeOf(response, 'DPoP')).toEqual({
      error: 'invalid_token',
      error_description: expect.any(String),
      algs,
      resource_metadata,
    });
    expect(await response.json()).toMatchObject({ status: 401, error: 'invalid_token' });
  }

  test('a bound token as Bearer', async () => {
    const { getWithToken } = await startWithBoundToken(key);
    await expectInvalidToken(await getWithToken('/current_time'));
  });

  test('a bound token as Bearer, even with a good proof beside it', async () => {
    const { getWithProof } = await startWithBoundToken(key);
    await expectInvalidToken(await getWithProof(await proofBy(key), '/current_time', 'Bearer'));
  });

  test('a token that is not bound, with the DPoP scheme', async () => {
    const { getWithProof } = await startWithBoundToken(key, { cnf: undefined });
    await expectInvalidToken(await getWithProof(await proofBy(key)));
  });

  test('an inactive token with a good proof', async () => {
    const { get } = await startWithToken({ active: false });
    const dpop = await proofBy(key);
    await expectInvalidToken(await get('/current_time', { authorization: 'DPoP a-token', dpop }));
  });

  test.each([
    ['for another API', { aud: 'https://other.example' }],
    ["that is the client's own", { sub: '1234' }],
  ])('a token %s with a good proof', async (_, facts) => {
    const { getWithProof } = await startWithBoundToken(key, facts);
    await expectInvalidToken(await getWithProof(await proofBy(key)));
  });

  test.each<[what: string, cnf: Record<string, unknown>]>([
    ['to a certificate', { 'x5t#S256': 'thumbprint' }],
    ['to a certificate besides the key', { jkt: key.jkt, 'x5t#S256': 'thumbprint' }],
    ['to nothing', {}],
    ['to a thumbprint that is no text', { jkt: [key.jkt] }],
  ])('a token that is bound %s', async (_, cnf) => {
    const { getWithProof } = await startWithBoundToken(key, { cnf });
    await expectInvalidToken(await getWithProof(await proofBy(key)));
  });

  test('a malformed token, without introspection', async () => {
    const { get, asked } = await startWithBoundToken(key);
    const dpop = await proofBy(key);
    await expectInvalidToken(await get('/current_time', { authorization: 'DPoP a,b', dpop }));
    expect(asked).toEqual([]);
  });
});

test('a token that is bound to a certificate is 401 invalid_token as Bearer, too', async () => {
  const { getWithToken } = await startWithBoundToken(key, { cnf: { 'x5t#S256': 'thumbprint' } });
  const response = await getWithToken('/current_time');
  expect(response.status).toBe(401);
  expect(challengeOf(response)).toMatchObject({ error: 'invalid_token' });
});

test('a DPoP header beside a Bearer token that is not bound does not matter', async () => {
  const { getWithProof } = await startWithBoundToken(key, { cnf: undefined });
  expect((await getWithProof('nonsense', '/current_time', 'Bearer')).status).toBe(200);
});

test('a bound token without the scope is 403 with a DPoP challenge', async () => {
  const { getWithProof } = await startWithBoundToken(key, { scope: 'epoch_time' });
  const response = await getWithProof(await proofBy(key));
  expect(response.status).toBe(403);
  expect(challengeOf(response, 'DPoP')).toEqual({
    error: 'insufficient_scope',
    error_description: expect.any(String),
    scope: 'current_time',
    algs,
    resource_metadata,
  });
});

describe('400 invalid_request, with a DPoP challenge', () => {
  test.each<[what: string, path: string, authorization: string]>([
    ['a token in the query beside the header', '/current_time?access_token=a-token', 'DPoP a-token'],
    ['DPoP with nothing', '/current_time', 'DPoP'],
    ['DPoP with two parts', '/current_time', 'DPoP one two'],
  ])('%s', async (_, path, authorization) => {
    const { get, asked } = await startWithBoundToken(key);
    const response = await get(path, { authorization, dpop: await proofBy(key) });
    expect(response.status).toBe(400);
    expect(challengeOf(response, 'DPoP')).toMatchObject({ error: 'invalid_request', algs });
    expect(asked).toEqual([]);
  });

  test('two Authorization headers', async () => {
    const { base, asked } = await startWithBoundToken(key);
    const { status, headers } = parsed(
      await sendLines(
        base,
        'GET /current_time HTTP/1.1',
        'Host: localhost',
        'Connection: close',
        'Authorization: DPoP a-token',
        'Authorization: Bearer a-token',
        `DPoP: ${await proofBy(key)}`,
      ),
    );
    expect(status).toBe(400);
    expect(challengeOf({ headers: new Headers(headers) }, 'DPoP')).toMatchObject({
      error: 'invalid_request',
    });
    expect(asked).toEqual([]);
  });
});

test('a request without a token gets a challenge for both schemes, Bearer first', async () => {
  const { get } = await startWithBoundToken(key);
  const response = await get('/current_time');
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
  expect(challengeOf(response)).toEqual({ resource_metadata });
  expect(challengeOf(response, 'DPoP')).toEqual({ algs, resource_metadata });
});

test('the metadata names the algorithms for proofs, and does not require proofs (RFC 9728 §2)', async () => {
  const { get } = await startWithBoundToken(key);
  const metadata = await (await get('/.well-known/oauth-protected-resource')).json();
  expect(metadata).toMatchObject({ dpop_signing_alg_values_supported: algs.split(' ') });
  expect(metadata).not.toHaveProperty('dpop_bound_access_tokens_required');
});
