/** Tokens that are bound to a key (RFC 9449), through the whole service. The guard's own tests have every case. */
import { keyOf } from 'shared/test/dpop.ts';
import { expect, test } from 'vitest';
import { proofBy, startWithBoundToken } from './dpop.ts';
import { challengeOf, RESOURCE } from './resource-server.ts';

const key = await keyOf();

test('a bound token gets the time with a proof, once, and not without', async () => {
  const { getWithProof, getWithToken, asked } = await startWithBoundToken(key);
  const proof = await proofBy(key);
  const response = await getWithProof(proof);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ current_time: expect.any(String) });
  expect(asked).toEqual(['a-token']);
  const again = await getWithProof(proof);
  expect(again.status).toBe(401);
  expect(challengeOf(again, 'DPoP')).toMatchObject({
    error: 'invalid_dpop_proof',
    resource_metadata: `${RESOURCE}/.well-known/oauth-protected-resource`,
  });
  const asBearer = await getWithToken('/current_time');
  expect(asBearer.status).toBe(401);
  expect(challengeOf(asBearer, 'DPoP')).toMatchObject({ error: 'invalid_token' });
});

test('the log has no user of a call whose proof fails', async () => {
  const { getWithProof, lines } = await startWithBoundToken(key);
  expect((await getWithProof(await proofBy(await keyOf()))).status).toBe(401);
  const line = lines.find(({ event }) => event === 'http.request');
  expect(line).toMatchObject({ status: 401 });
  expect(line).not.toHaveProperty('user');
});

test('a full memory of proofs is an outage: 503 without a challenge, and a line in the log', async () => {
  const { getWithProof, lines } = await startWithBoundToken(key, {}, { rememberProof: async () => 'full' });
  const response = await getWithProof(await proofBy(key));
  expect(response.status).toBe(503);
  expect(response.headers.get('www-authenticate')).toBeNull();
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await response.json()).toMatchObject({
    status: 503,
    detail: expect.stringContaining('DPoP proofs'),
  });
  expect(response.headers.get('retry-after')).toBe('1');
  expect(lines).toContainEqual(expect.objectContaining({ event: 'request.unavailable', level: 40 }));
});

test('the metadata names the algorithms for proofs, and does not require proofs (RFC 9728 §2)', async () => {
  const { get } = await startWithBoundToken(key);
  const metadata = await (await get('/.well-known/oauth-protected-resource')).json();
  expect(metadata).toMatchObject({
    dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
  });
  expect(metadata).not.toHaveProperty('dpop_bound_access_tokens_required');
});
