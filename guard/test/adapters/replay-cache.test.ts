/** Remembering the DPoP proofs that were used takes bounded memory, which no user and no key can use up alone. */
import { replayCache } from 'guard/adapters/replay-cache.ts';
import { expect, test } from 'vitest';

const start = 1_800_000_000_000;

/** Remembers proofs by one key of one user until there is no more room, and returns how many there were. */
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
