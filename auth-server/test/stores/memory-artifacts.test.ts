/** The artifact store in memory when it is full; what every store does is in stores/artifact-store.ts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Artifact, type Holder, StoreFull } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { ROOM_LIMITS } from '../../src/stores/artifact-rooms.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { found } from './contracts/artifact-store.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-22T06:11:11Z') }));
afterEach(() => void vi.useRealTimers());

const MINUTE = 60;
const KIB = 1024;

/** A model whose records name their holder in two of their fields. */
const byField: { holder: (artifact: Artifact) => Holder } = {
  holder: ({ of, name }) => ({ of, name }) as Holder,
};

const models = {
  ...ARTIFACT_MODELS,
  Passing: byField,
  Other: byField,
  Lasting: { ...byField, mustLast: 'always' as const },
};

/** A store with room for some ten artifacts of each kind of holder, which take a KiB each with all that is around them. */
function makeStore(most = 10 * KIB) {
  const limits = { passing: most, lasting: most };
  const all = { strangers: limits, newcomers: limits, clients: limits, users: limits };
  return memoryArtifacts(models, new AbortController().signal, { limits: all });
}

type Store = ReturnType<typeof makeStore>;

/** An artifact of this stranger. */
const of = (name: string, length = 400) => ({ of: 'strangers', name, text: 'x'.repeat(length) });

async function fill(store: Store, model: string, ids: string[], artifact: Artifact, expiresIn = MINUTE) {
  for (const id of ids) await store.upsert(model, id, artifact, expiresIn);
}

async function inTurn(ids: string[], take: (id: string) => Promise<void>) {
  for (const id of ids) await take(id);
}

const many = (count: number, prefix = 'flood') =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`);

test('what has expired takes no room once it was swept', async () => {
  const store = makeStore(25 * KIB);
  await fill(store, 'Lasting', ['a', 'b', 'c', 'd'], of('one'));
  await expect(store.upsert('Lasting', 'e', of('one', 2_000), MINUTE)).rejects.toBeInstanceOf(StoreFull);
  vi.advanceTimersByTime(MINUTE * 1000 + 10_000);
  await store.upsert('Lasting', 'e', of('one', 2_000), MINUTE);
  expect(await found(store, 'Lasting', ['a', 'e'])).toEqual(['e']);
});

describe('where what is dropped makes room', () => {
  test('the oldest go', async () => {
    const store = makeStore();
    await fill(store, 'Passing', many(20), of('one'));
    const kept = await found(store, 'Passing', many(20));
    expect(kept.length).toBeGreaterThanOrEqual(8);
    expect(kept).toEqual(many(20).slice(-kept.length));
  });

  test('what is stored anew counts as new, and once', async () => {
    const store = makeStore();
    await fill(store, 'Passing', ['first', 'second'], of('one'));
    for (let count = 0; count < 100; count++) await store.upsert('Passing', 'first', of('one'), MINUTE);
    expect(await found(store, 'Passing', ['first', 'second'])).toEqual(['first', 'second']);
    await fill(store, 'Passing', many(9), of('one'));
    expect(await found(store, 'Passing', ['first', 'second'])).not.toContain('second');
  });

  test('whoever holds the most loses their own, and nobody else theirs', async () => {
    const store = makeStore();
    await fill(store, 'Passing', ['a', 'b', 'c'], of('one'));
    await fill(store, 'Passing', many(1_000), of('greedy'));
    await fill(store, 'Passing', ['d'], of('one'));
    expect(await found(store, 'Passing', ['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c', 'd']);
  });

  test('one who comes when another has taken all finds room', async () => {
    const store = makeStore();
    await fill(store, 'Passing', many(1_000), of('greedy'));
    await fill(store, 'Passing', ['a', 'b', 'c'], of('late'));
    expect(await found(store, 'Passing', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  test('records of another model stay', async () => {
    const store = makeStore();
    await fill(store, 'Other', ['a'], of('one'));
    await fill(store, 'Passing', many(1_000), of('one'));
    expect(await found(store, 'Other', ['a'])).toEqual(['a']);
  });

  test('long records drop none of usual length, even of the same holder', async () => {
    const store = makeStore(100 * KIB);
    await fill(store, 'Passing', ['a'], of('one'));
    await fill(store, 'Passing', many(100), of('one', 20_000));
    expect(await found(store, 'Passing', ['a'])).toEqual(['a']);
  });

  test('a character that needs two bytes makes the whole record take twice as much', async () => {
    const store = makeStore(100 * KIB);
    await fill(store, 'Passing', many(10), { ...of('one', 20_000), more: '€' });
    expect(await found(store, 'Passing', many(10))).toHaveLength(2);
  });

  test('nothing is dropped for what would not fit in an empty one', async () => {
    const store = makeStore();
    await fill(store, 'Passing', ['a', 'b'], of('one'));
    await expect(store.upsert('Passing', 'a', of('one', 20_000), MINUTE)).rejects.toBeInstanceOf(StoreFull);
    expect(await found(store, 'Passing', ['a', 'b'])).toEqual(['a', 'b']);
    expect(await store.find('Passing', 'a')).toEqual(of('one'));
  });

  test('a code that was used stays, since its second use must end what came of it', async () => {
    const store = makeStore();
    const code = { accountId: 'alice', clientId: 'app', text: 'x'.repeat(400) };
    await fill(store, 'AuthorizationCode', ['used', 'unused'], code);
    await store.consume('AuthorizationCode', 'used');
    await fill(store, 'AuthorizationCode', many(1_000), code);
    expect(await found(store, 'AuthorizationCode', ['used', 'unused'])).toEqual(['used']);
    expect(await store.find('AuthorizationCode', 'used')).toHaveProperty('consumed');
  });

  test('used codes that leave no room are an outage, until they expire', async () => {
    const store = makeStore();
    const code = { accountId: 'alice', clientId: 'app', text: 'x'.repeat(400) };
    const take = async (id: string) => {
      await store.upsert('AuthorizationCode', id, code, MINUTE);
      await store.consume('AuthorizationCode', id);
    };
    await expect(inTurn(many(20), take)).rejects.toBeInstanceOf(StoreFull);
    vi.advanceTimersByTime(MINUTE * 1000 + 10_000);
    await take('late');
  });
});

describe('where what is stored must last', () => {
  test('one holder may have a fifth of the room', async () => {
    const store = makeStore(100 * KIB);
    await expect(fill(store, 'Lasting', many(50), of('greedy'))).rejects.toBeInstanceOf(StoreFull);
    const kept = await found(store, 'Lasting', many(50));
    expect(kept.length).toBeGreaterThanOrEqual(18);
    expect(kept.length).toBeLessThanOrEqual(22);
    expect(kept).toEqual(many(kept.length));
  });

  test('there is room left for others when several have taken what they may', async () => {
    const store = makeStore(100 * KIB);
    for (const name of many(5, 'greedy')) {
      await fill(store, 'Lasting', many(100, name), of(name)).catch(() => {});
    }
    await fill(store, 'Lasting', many(5, 'mine'), of('one'));
    expect(await found(store, 'Lasting', many(5, 'mine'))).toHaveLength(5);
  });

  test('it is replaced where it fits, and stays where that does not', async () => {
    const store = makeStore(25 * KIB);
    await fill(store, 'Lasting', ['a', 'b', 'c', 'd', 'a'], of('one'));
    await expect(store.upsert('Lasting', 'a', of('one', 4_000), MINUTE)).rejects.toBeInstanceOf(StoreFull);
    expect(await store.find('Lasting', 'a')).toEqual(of('one'));
    await store.destroy('Lasting', 'b');
    await store.upsert('Lasting', 'e', of('one'), MINUTE);
    expect(await found(store, 'Lasting', ['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'c', 'd', 'e']);
  });
});

describe('a record', () => {
  test.each([
    ['a request that nobody has signed in to yet', 'Interaction', {}, 'strangers'],
    ['a request of somebody who is signed in', 'Interaction', { session: { accountId: 'alice' } }, 'users'],
    ['a session of nobody', 'Session', {}, 'strangers'],
    ['a session of a user', 'Session', { accountId: 'alice', amr: ['pwd'] }, 'users'],
    [
      'a session of somebody who only said a name',
      'Session',
      { accountId: 'alice', amr: ['none'] },
      'strangers',
    ],
    ['a code', 'AuthorizationCode', { accountId: 'alice', clientId: 'app' }, 'users'],
    ['a refresh token', 'RefreshToken', { accountId: 'alice', clientId: 'app' }, 'users'],
    ['a grant', 'Grant', { accountId: 'alice', clientId: 'app' }, 'users'],
    ['a device code that waits', 'DeviceCode', { clientId: 'app' }, 'strangers'],
    ['a device code that a user has allowed', 'DeviceCode', { accountId: 'alice' }, 'users'],
    ['the mark of an ended session', 'EndedSession', { uid: 'one' }, 'users'],
    ['a client that registered itself', 'Client', { client_id: 'new' }, 'newcomers'],
  ])('such as %s takes room where it belongs', async (_what, model, artifact: Artifact, holder) => {
    const limits = { ...ROOM_LIMITS, [holder]: { passing: 0, lasting: 0 } };
    const without = memoryArtifacts(models, new AbortController().signal, { limits });
    await expect(without.upsert(model, 'id', artifact, MINUTE)).rejects.toBeInstanceOf(StoreFull);
  });

  test('stays where it was when it is stored anew, until a user has it', async () => {
    const store = makeStore();
    await store.upsert('Passing', 'a', of('one'), MINUTE);
    await store.upsert('Passing', 'a', { of: 'clients', name: 'app', text: 'x'.repeat(400) }, MINUTE);
    await fill(store, 'Passing', many(100), of('one'));
    expect(await found(store, 'Passing', ['a'])).toEqual([]);
    await store.upsert('Passing', 'b', of('one'), MINUTE);
    await store.upsert('Passing', 'b', { of: 'users', name: 'alice' }, MINUTE);
    await fill(store, 'Passing', many(100), of('one'));
    expect(await found(store, 'Passing', ['b'])).toEqual(['b']);
  });
});

test('lets the process end once the service stops', () => {
  const stopping = new AbortController();
  memoryArtifacts(ARTIFACT_MODELS, stopping.signal);
  expect(vi.getTimerCount()).toBe(1);
  stopping.abort();
  expect(vi.getTimerCount()).toBe(0);
});
