/** Rotation of the signing keys of a key ring. */
import { expect, test } from 'vitest';
import { keyRing } from '../../src/core/keys/key-ring.ts';
import { memorySigningKeys } from '../../src/stores/memory/signing-keys.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const rules = { maxAgeMs: 90 * DAY, publishMs: 15 * MINUTE, retireMs: () => DAY };

function start(store = memorySigningKeys()) {
  let made = 0;
  const clock = { now: 0 };
  const makeKey = async (alg: string) => {
    made += 1;
    return { kid: `${alg}-${made}`, jwk: {} };
  };
  const ring = () =>
    keyRing(
      store,
      makeKey,
      () => ['ES256', 'RS256'],
      rules,
      () => clock.now,
    );
  const stages = async (published = ring().published()) =>
    (await published).map(({ key: { kid }, stage }) => `${kid} ${stage}`);
  return { ring, stages, clock, store };
}

test('the first keys are made on first use, one for each algorithm', async () => {
  const { stages } = start();
  expect(await stages()).toEqual(['ES256-1 signing', 'RS256-2 signing']);
  expect(await stages()).toEqual(['ES256-1 signing', 'RS256-2 signing']);
});

test('two replicas that start at the same time make no key twice', async () => {
  const { ring, stages } = start();
  const both = await Promise.all([stages(ring().published()), stages(ring().published())]);
  expect(both[0]).toEqual(both[1]);
  expect(both[0]).toHaveLength(2);
});

test('a key that grows old is replaced by another, which is published first', async () => {
  const { stages, clock } = start();
  await stages();
  clock.now = 90 * DAY - 15 * MINUTE;
  expect(await stages()).toEqual([
    'ES256-1 signing',
    'RS256-2 signing',
    'ES256-3 published',
    'RS256-4 published',
  ]);
  clock.now = 90 * DAY;
  expect(await stages()).toEqual([
    'ES256-3 signing',
    'RS256-4 signing',
    'ES256-1 retired',
    'RS256-2 retired',
  ]);
  clock.now = 91 * DAY;
  expect(await stages()).toEqual(['ES256-3 signing', 'RS256-4 signing']);
});

test('a rotation on demand publishes new keys first, and in an emergency lets them sign at once', async () => {
  const { ring, stages, clock } = start();
  await stages();
  clock.now = MINUTE;
  expect(await stages(ring().rotate('published'))).toEqual([
    'ES256-1 signing',
    'RS256-2 signing',
    'ES256-3 published',
    'RS256-4 published',
  ]);
});

test('an emergency rotation forgets all earlier keys, whatever their stage', async () => {
  const { ring, stages, clock, store } = start();
  await stages();
  await ring().rotate('published');
  clock.now = 15 * MINUTE;
  await ring().rotate('published');
  expect((await stages()).map((kidAndStage) => kidAndStage.split(' ')[1])).toEqual(
    expect.arrayContaining(['signing', 'published', 'retired']),
  );
  expect(await stages(ring().rotate('now'))).toEqual(['ES256-7 signing', 'RS256-8 signing']);
  expect((await store.all()).map(({ kid }) => kid)).toEqual(['ES256-7', 'RS256-8']);
});

test('keys of an algorithm that is no longer needed are rotated too, because clients may have chosen it', async () => {
  const { ring, stages, clock, store } = start();
  const before = { kid: 'PS256-0', alg: 'PS256', createdAt: 0, signsFrom: 0, jwk: {} };
  await store.change(async () => ({ add: [before], forget: [] }));
  await stages();
  expect(await stages(ring().rotate('now'))).toEqual([
    'ES256-3 signing',
    'RS256-4 signing',
    'PS256-5 signing',
  ]);
  clock.now = 90 * DAY;
  expect((await stages()).slice(3)).toEqual(['ES256-6 published', 'RS256-7 published', 'PS256-8 published']);
});

test('a key signs at a replica whose clock is behind the clock of the replica that made it', async () => {
  const { ring, stages, clock } = start();
  await stages();
  clock.now = MINUTE;
  await ring().rotate('now');
  clock.now = MINUTE - 1_000;
  expect((await stages()).map((kidAndStage) => kidAndStage.split(' ')[0])).toEqual(['ES256-3', 'RS256-4']);
});

test('keys that have been retired for long enough are forgotten when new ones are added', async () => {
  const { ring, stages, clock, store } = start();
  await stages();
  await ring().rotate('published');
  clock.now = 2 * DAY;
  await ring().rotate('published');
  expect((await store.all()).map(({ kid }) => kid)).toEqual(['ES256-3', 'RS256-4', 'ES256-5', 'RS256-6']);
});
