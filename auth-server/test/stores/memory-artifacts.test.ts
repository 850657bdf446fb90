/** The artifact store in memory when it is full; what every store does is in stores/artifact-store.ts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreFull } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { found } from './contracts/artifact-store.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-22T06:11:11Z') }));
afterEach(() => void vi.useRealTimers());

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** An artifact that takes 100 characters. */
const artifact = { text: 'x'.repeat(100 - '{"text":""}'.length) };

/** A store with room for three artifacts of each sort, or as many as it is told. */
const makeStore = (limits = { brief: 300, lasting: 300 }) =>
  memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal, { limits });

type Store = ReturnType<typeof makeStore>;

async function fill(store: Store, model: string, ids: string[], expiresIn: number | undefined) {
  for (const id of ids) await store.upsert(model, id, artifact, expiresIn);
}

test('what has expired takes no room once it was swept', async () => {
  const store = makeStore();
  await fill(store, 'RefreshToken', ['a', 'b', 'c'], 11 * MINUTE);
  vi.advanceTimersByTime(11 * MINUTE * 1000 + 10_000);
  await fill(store, 'RefreshToken', ['d', 'e', 'f'], 11 * MINUTE);
  expect(await found(store, 'RefreshToken', ['a', 'd', 'e', 'f'])).toEqual(['d', 'e', 'f']);
});

describe('a full store', () => {
  test('drops the oldest of what lives briefly', async () => {
    const store = makeStore();
    await fill(store, 'Interaction', ['a', 'b', 'c', 'd', 'e'], 10 * MINUTE);
    expect(await found(store, 'Interaction', ['a', 'b', 'c', 'd', 'e'])).toEqual(['c', 'd', 'e']);
  });

  test('counts what is stored anew as new, and once', async () => {
    const store = makeStore();
    await fill(store, 'Interaction', ['a', 'b', 'c', 'a', 'd'], MINUTE);
    expect(await found(store, 'Interaction', ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  });

  test('drops nothing that lasts for what lives briefly', async () => {
    const store = makeStore();
    await fill(store, 'RefreshToken', ['a', 'b', 'c'], DAY);
    await fill(store, 'Interaction', ['d', 'e', 'f', 'g'], MINUTE);
    expect(await found(store, 'RefreshToken', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  test('takes nothing more that lasts, and keeps what it has', async () => {
    const store = makeStore();
    await fill(store, 'RefreshToken', ['a', 'b', 'c'], DAY);
    await expect(store.upsert('RefreshToken', 'd', artifact, DAY)).rejects.toBeInstanceOf(StoreFull);
    await expect(store.upsert('Session', 'e', artifact, undefined)).rejects.toBeInstanceOf(StoreFull);
    expect(await found(store, 'RefreshToken', ['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c']);
    await store.destroy('RefreshToken', 'a');
    await store.upsert('RefreshToken', 'd', artifact, DAY);
    expect(await found(store, 'RefreshToken', ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
  });

  test('replaces what lasts where it fits, and keeps the old where it does not', async () => {
    const store = makeStore();
    await fill(store, 'RefreshToken', ['a', 'b', 'c', 'a'], DAY);
    const larger = { text: 'x'.repeat(100) };
    await expect(store.upsert('RefreshToken', 'a', larger, DAY)).rejects.toBeInstanceOf(StoreFull);
    expect(await store.find('RefreshToken', 'a')).toEqual(artifact);
  });

  test('drops nothing for what would not fit in an empty one', async () => {
    const store = makeStore();
    await fill(store, 'Interaction', ['a', 'b', 'c'], MINUTE);
    const huge = { text: 'x'.repeat(300) };
    await expect(store.upsert('Interaction', 'd', huge, MINUTE)).rejects.toBeInstanceOf(StoreFull);
    expect(await found(store, 'Interaction', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  test('forgets no replay early, however briefly it is to be remembered', async () => {
    const store = makeStore();
    await fill(store, 'ReplayDetection', ['a', 'b', 'c'], MINUTE);
    await fill(store, 'Interaction', ['d', 'e', 'f', 'g'], MINUTE);
    await expect(store.upsert('ReplayDetection', 'h', artifact, MINUTE)).rejects.toBeInstanceOf(StoreFull);
    expect(await found(store, 'ReplayDetection', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });
});

test('lets the process end once the service stops', () => {
  const stopping = new AbortController();
  memoryArtifacts(ARTIFACT_MODELS, stopping.signal);
  expect(vi.getTimerCount()).toBe(1);
  stopping.abort();
  expect(vi.getTimerCount()).toBe(0);
});
