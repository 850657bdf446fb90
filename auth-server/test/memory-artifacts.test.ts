/** The artifact store in memory: what it keeps, for how long, and what it does when it is full. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreFull } from '../src/core/artifact-store.ts';
import { memoryArtifacts } from '../src/stores/memory-artifacts.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-22T06:11:11Z') }));
afterEach(() => void vi.useRealTimers());

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** An artifact that takes 100 characters. */
const artifact = { text: 'x'.repeat(100 - '{"text":""}'.length) };

/** A store with room for three artifacts of each sort, or as many as it is told. */
const makeStore = (limits = { brief: 300, lasting: 300 }) =>
  memoryArtifacts(new AbortController().signal, { limits });

type Store = ReturnType<typeof makeStore>;

/** Which of some ids are still found. */
async function found(store: Store, model: string, ids: string[]): Promise<string[]> {
  const kept = await Promise.all(ids.map((id) => store.find(model, id)));
  return ids.filter((_id, index) => kept[index] !== undefined);
}

async function fill(store: Store, model: string, ids: string[], expiresIn: number | undefined) {
  for (const id of ids) await store.upsert(model, id, artifact, expiresIn);
}

describe('an artifact', () => {
  test('is found until it expires, by its model and id', async () => {
    const store = makeStore();
    await store.upsert('Session', 'one', { accountId: 'alice' }, 5);
    vi.advanceTimersByTime(4_999);
    expect(await store.find('Session', 'one')).toEqual({ accountId: 'alice' });
    expect(await store.find('Grant', 'one')).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(await store.find('Session', 'one')).toBeUndefined();
  });

  test('without a lifetime does not expire', async () => {
    const store = makeStore();
    await store.upsert('Client', 'one', artifact, undefined);
    vi.advanceTimersByTime(1000 * DAY * 1000);
    expect(await store.find('Client', 'one')).toEqual(artifact);
  });

  test('that has expired takes no room once it was swept', async () => {
    const store = makeStore();
    await fill(store, 'RefreshToken', ['a', 'b', 'c'], 11 * MINUTE);
    vi.advanceTimersByTime(11 * MINUTE * 1000 + 10_000);
    await fill(store, 'RefreshToken', ['d', 'e', 'f'], 11 * MINUTE);
    expect(await found(store, 'RefreshToken', ['a', 'd', 'e', 'f'])).toEqual(['d', 'e', 'f']);
  });

  test('is a copy: changing what was stored or found changes nothing', async () => {
    const store = makeStore();
    const given: Record<string, unknown> = { accountId: 'alice' };
    await store.upsert('Session', 'one', given, MINUTE);
    given.accountId = 'mallory';
    Object.assign((await store.find('Session', 'one')) ?? {}, { accountId: 'mallory' });
    expect(await store.find('Session', 'one')).toEqual({ accountId: 'alice' });
  });

  test('is found by its uid and its user code as they are now', async () => {
    const store = makeStore();
    await store.upsert('Session', 'one', { uid: 'first' }, MINUTE);
    await store.upsert('Session', 'one', { uid: 'second' }, MINUTE);
    await store.upsert('DeviceCode', 'two', { userCode: 'BBBB' }, MINUTE);
    expect(await store.findByUid('Session', 'first')).toBeUndefined();
    expect(await store.findByUid('Session', 'second')).toEqual({ uid: 'second' });
    expect(await store.findByUserCode('DeviceCode', 'BBBB')).toEqual({ userCode: 'BBBB' });
    await store.destroy('DeviceCode', 'two');
    expect(await store.findByUserCode('DeviceCode', 'BBBB')).toBeUndefined();
  });

  test('is consumed once, and says when', async () => {
    const store = makeStore();
    await store.upsert('AuthorizationCode', 'one', artifact, MINUTE);
    const told = await Promise.all(
      Array.from({ length: 5 }, () => store.consume('AuthorizationCode', 'one')),
    );
    expect(told).toEqual([true, false, false, false, false]);
    const consumed = Math.floor(Date.now() / 1000);
    expect(await store.find('AuthorizationCode', 'one')).toEqual({ ...artifact, consumed });
    expect(await store.consume('AuthorizationCode', 'nowhere')).toBe(false);
  });
});

describe('grants', () => {
  test('are found by user and client, the newest first', async () => {
    const store = makeStore();
    await store.upsert('Grant', 'old', { accountId: 'alice', clientId: 'app' }, DAY);
    await store.upsert('Grant', 'new', { accountId: 'alice', clientId: 'app' }, DAY);
    await store.upsert('Grant', 'other', { accountId: 'alice', clientId: 'another' }, DAY);
    expect(await store.findGrant('alice', 'app')).toBe('new');
    expect(await store.findGrant('bob', 'app')).toBeUndefined();
  });

  test('are not mixed up when names run together', async () => {
    const store = makeStore();
    await store.upsert('Grant', 'one', { accountId: 'a","b', clientId: 'c' }, DAY);
    expect(await store.findGrant('a', 'b","c')).toBeUndefined();
  });

  test('that expired or ended are found no more', async () => {
    const store = makeStore();
    await store.upsert('Grant', 'short', { accountId: 'alice', clientId: 'app' }, 5);
    await store.upsert('Grant', 'ended', { accountId: 'bob', clientId: 'app' }, DAY);
    await store.destroy('Grant', 'ended');
    vi.advanceTimersByTime(5_000);
    expect(await store.findGrant('alice', 'app')).toBeUndefined();
    expect(await store.findGrant('bob', 'app')).toBeUndefined();
  });

  test('take along what came from them, of the model that is named', async () => {
    const store = makeStore();
    await store.upsert('RefreshToken', 'a', { grantId: 'one' }, DAY);
    await store.upsert('RefreshToken', 'b', { grantId: 'one' }, DAY);
    await store.upsert('RefreshToken', 'c', { grantId: 'two' }, DAY);
    await store.upsert('AuthorizationCode', 'd', { grantId: 'one' }, MINUTE);
    await store.revokeByGrantId('RefreshToken', 'one');
    expect(await found(store, 'RefreshToken', ['a', 'b', 'c'])).toEqual(['c']);
    expect(await found(store, 'AuthorizationCode', ['d'])).toEqual(['d']);
  });
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
  memoryArtifacts(stopping.signal);
  expect(vi.getTimerCount()).toBe(1);
  stopping.abort();
  expect(vi.getTimerCount()).toBe(0);
});
