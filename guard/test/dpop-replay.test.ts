/** A DPoP proof is good once (RFC 9449 §11.1), in one framework. */
import type { RememberProof } from 'guard';
import { athOf, keyOf } from 'shared/test/dpop.ts';
import { expect, test } from 'vitest';
import { startApi, tokenOf } from './api-under-test.ts';
import { proofBy, startBound } from './dpop.ts';
import { koa } from './frameworks.ts';

const key = await keyOf();
const start = 1_800_000_000_000;

test('another proof with the same id is refused, whatever it is for', async () => {
  const { getWithProof } = await startBound(koa, key);
  expect((await getWithProof(await proofBy(key, { jti: 'same' }))).status).toBe(200);
  expect((await getWithProof(await proofBy(key, { jti: 'same', more: 1 }))).status).toBe(401);
});

test('of ten uses of one proof at the same time, one succeeds', async () => {
  const { getWithProof } = await startBound(koa, key);
  const proof = await proofBy(key);
  const answers = await Promise.all(Array.from({ length: 10 }, () => getWithProof(proof)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('the same id by another key is another proof', async () => {
  const other = await keyOf();
  const { get } = await startApi(koa, async (token) =>
    tokenOf({ cnf: { jkt: token === 'b' ? other.jkt : key.jkt } }),
  );
  const first = await proofBy(key, { jti: 'same', ath: athOf('a') });
  const second = await proofBy(other, { jti: 'same', ath: athOf('b') });
  expect((await get({ authorization: 'DPoP a', dpop: first })).status).toBe(200);
  expect((await get({ authorization: 'DPoP b', dpop: second })).status).toBe(200);
});

test('a used proof is refused for as long as its iat is accepted, and after that', async () => {
  let now = start;
  const { getWithProof } = await startBound(koa, key, {}, { clock: () => now });
  // From a client whose clock is as fast as is allowed: the iat is accepted for two minutes.
  const proof = await proofBy(key, { iat: start / 1000 + 60 });
  expect((await getWithProof(proof)).status).toBe(200);
  for (const later of [1_000, 60_000, 119_000, 120_000, 120_001, 200_000]) {
    now = start + later;
    expect((await getWithProof(proof)).status).toBe(401);
  }
});

test('a refused proof takes no room, and a good one takes the room of its user and key', async () => {
  const remembered: unknown[] = [];
  const rememberProof: RememberProof = async (proof) => {
    remembered.push(proof);
    return 'new';
  };
  const { getWithProof } = await startBound(koa, key, {}, { rememberProof });
  await getWithProof(await proofBy(await keyOf()));
  await getWithProof(await proofBy(key, { htm: 'POST' }));
  expect(remembered).toEqual([]);
  await getWithProof(await proofBy(key, { jti: 'good' }));
  expect(remembered).toEqual([{ user: 'alice', thumbprint: key.jkt, jti: 'good' }]);
});
