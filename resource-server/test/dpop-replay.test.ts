/** A DPoP proof is good once (RFC 9449 §11.1), and remembering the used ones takes bounded memory. */
import { replayCache } from 'guard/adapters/replay-cache.ts';
import type { UsedProof } from 'guard/core/dpop-proof.ts';
import { expect, test } from 'vitest';
import { athOf, keyOf, proofBy, startWithBoundToken } from './dpop.ts';
import { challengeOf, startResourceServer, tokenOf } from './resource-server.ts';

const key = await keyOf();
const start = 1_800_000_000_000;

test('a proof is refused when it comes again', async () => {
  const { getWithProof } = await startWithBoundToken(key);
  const proof = await proofBy(key);
  expect((await getWithProof(proof)).status).toBe(200);
  const response = await getWithProof(proof);
  expect(response.status).toBe(401);
  expect(challengeOf(response, 'DPoP')).toMatchObject({
    error: 'invalid_dpop_proof',
    error_description: 'the DPoP proof is not valid',
  });
});

test('another proof with the same id is refused, whatever it is for', async () => {
  const { getWithProof } = await startWithBoundToken(key);
  expect((await getWithProof(await proofBy(key, { jti: 'same' }))).status).toBe(200);
  expect((await getWithProof(await proofBy(key, { jti: 'same', more: 1 }))).status).toBe(401);
});

test('of ten uses of one proof at the same time, one succeeds', async () => {
  const { getWithProof } = await startWithBoundToken(key);
  const proof = await proofBy(key);
  const responses = await Promise.all(Array.from({ length: 10 }, () => getWithProof(proof)));
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('the same id by another key is another proof', async () => {
  const other = await keyOf();
  const introspect = async (token: string) => tokenOf({ cnf: { jkt: token === 'b' ? other.jkt : key.jkt } });
  const { get } = await startResourceServer({}, { introspect });
  const first = await proofBy(key, { jti: 'same', ath: athOf('a') });
  const second = await proofBy(other, { jti: 'same', ath: athOf('b') });
  expect((await get('/current_time', { authorization: 'DPoP a', dpop: first })).status).toBe(200);
  expect((await get('/current_time', { authorization: 'DPoP b', dpop: second })).status).toBe(200);
});

test('a used proof is refused for as long as its iat is accepted, and after that', async () => {
  let now = start;
  const { getWithProof } = await startWithBoundToken(key, {}, { clock: () => now });
  // From a client whose clock is as fast as is allowed: the iat is accepted for two minutes.
  const proof = await proofBy(key, { iat: start / 1000 + 60 });
  expect((await getWithProof(proof)).status).toBe(200);
  for (const later of [1_000, 60_000, 119_000, 120_000, 120_001, 200_000]) {
    now = start + later;
    expect((await getWithProof(proof)).status).toBe(401);
  }
});

test('a refused proof takes no room, and a good one takes the room of its user and key', async () => {
  const remembered: UsedProof[] = [];
  const rememberProof = async (proof: UsedProof) => {
    remembered.push(proof);
    return 'new' as const;
  };
  const { getWithProof } = await startWithBoundToken(key, {}, { rememberProof });
  await getWithProof(await proofBy(await keyOf()));
  await getWithProof(await proofBy(key, { htm: 'POST' }));
  expect(remembered).toEqual([]);
  await getWithProof(await proofBy(key, { jti: 'good' }));
  expect(remembered).toEqual([{ user: 'alice', thumbprint: key.jkt, jti: 'good' }]);
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

/** Sends proofs with one key of one user until no more are remembered, and returns how many were. */
async function fill(remember: ReturnType<typeof replayCache>, user: string, thumbprint: string) {
  let count = 0;
  while ((await remember({ user, thumbprint, jti: `${count}` }, start + 60_000)) === 'new') count++;
  return count;
}

test('at most 200,000 proofs are remembered until they expire, and one key may have a fifth of them', async () => {
  let now = start;
  const remember = replayCache(() => now);
  expect(await fill(remember, 'alice', 'key')).toBe(40_000);
  const proof = (jti: string) => ({ user: 'alice', thumbprint: 'key', jti });
  expect(await remember(proof('7'), start + 60_000)).toBe('seen');
  now = start + 60_000;
  expect(await remember(proof('one more'), start + 120_000)).toBe('full');
  expect(await remember(proof('7'), start + 60_000)).toBe('seen');
  now = start + 61_000;
  expect(await remember(proof('one more'), start + 120_000)).toBe('new');
});

test('a key that uses up what it may leaves room for another, even of the same user', async () => {
  const remember = replayCache(() => start);
  await fill(remember, 'alice', 'greedy');
  expect(await fill(remember, 'alice', 'key')).toBeGreaterThan(10_000);
});

test('a user who uses up what they may leaves room for others, with however many keys', async () => {
  const remember = replayCache(() => start);
  for (let count = 1; count <= 30; count++) await fill(remember, 'greedy', `greedy ${count}`);
  expect(await fill(remember, 'alice', 'key')).toBeGreaterThan(20_000);
});
