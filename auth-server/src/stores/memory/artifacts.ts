/** The artifact store in memory: for one process, bounded in bytes, forgotten at its end. */
import {
  type Artifact,
  type ArtifactModels,
  type ArtifactStore,
  type Doomed,
  StoreFull,
} from '../../core/grants/artifact-store.ts';

/** How much is kept of each sort, in characters of JSON. */
const LIMITS = {
  /** What lives briefly, most of which anyone can make us keep: when it is full, the oldest goes. */
  brief: 64 * 1024 * 1024,
  /** What took a sign-in or a client's secret: when it is full, no more is taken. */
  lasting: 256 * 1024 * 1024,
};

/** What lives no longer than this is brief, in seconds, unless its model must last. */
const BRIEF = 10 * 60;

interface Entry {
  model: string;
  json: string;
  /** When it was used, in seconds since the epoch. */
  consumed?: number;
  /** In milliseconds since the epoch. */
  expiresAt: number;
  pool: Pool;
  /** What it is also looked up by. */
  names: string[];
}

/** The keys of one sort, oldest first, and the room that they take. */
interface Pool {
  sort: keyof typeof LIMITS;
  keys: Set<string>;
  size: number;
}

/** A store that drops what has expired every `sweepMs` milliseconds until `stopping` is aborted. */
export function memoryArtifacts(
  models: ArtifactModels,
  stopping: AbortSignal,
  { sweepMs = 10_000, limits = LIMITS }: { sweepMs?: number; limits?: typeof LIMITS } = {},
): ArtifactStore {
  const entries = new Map<string, Entry>();
  const keysByName = new Map<string, string>();
  const pools: Record<keyof typeof LIMITS, Pool> = {
    brief: { sort: 'brief', keys: new Set(), size: 0 },
    lasting: { sort: 'lasting', keys: new Set(), size: 0 },
  };
  const sweep = setInterval(dropExpired, sweepMs).unref();
  stopping.addEventListener('abort', () => clearInterval(sweep));

  const store: ArtifactStore = {
    async upsert(model, id, artifact, expiresIn = Number.POSITIVE_INFINITY) {
      const key = keyOf(model, id);
      const json = JSON.stringify(artifact);
      const pool = pools[expiresIn <= BRIEF && !models[model]?.mustLast ? 'brief' : 'lasting'];
      // What was used stays so, also for whoever found it before.
      const isNew = !entries.has(key);
      const consumed = entries.get(key)?.consumed;
      const used = consumed === undefined ? {} : { consumed };
      makeRoom(pool, key, json.length);
      const names = namesOf(model, artifact, models[model]?.byAccount);
      entries.set(key, { model, json, ...used, expiresAt: Date.now() + expiresIn * 1000, pool, names });
      pool.keys.add(key);
      pool.size += json.length;
      for (const name of names) keysByName.set(name, key);
      if (isNew) dropOldest(model, artifact.accountId);
    },
    async upsertAll(model, artifacts) {
      for (const { id, artifact, expiresIn } of artifacts) await store.upsert(model, id, artifact, expiresIn);
    },
    async find(model, id) {
      return live(keyOf(model, id));
    },
    async findByUid(model, uid) {
      return live(keysByName.get(uidName(model, uid)));
    },
    async findByUserCode(model, userCode) {
      return live(keysByName.get(`${model} code ${userCode}`));
    },
    async findByClient(model, accountId, clientId) {
      return live(keysByName.get(clientName(model, accountId, clientId)));
    },
    async findByAccount(model, accountId) {
      const found = keysNamed(accountName(model, accountId)).map(live);
      // The map keeps the order in which they were stored.
      return found.filter((artifact) => artifact !== undefined).reverse();
    },
    async consume(model, id) {
      const entry = entries.get(keyOf(model, id));
      if (entry === undefined || entry.consumed !== undefined) return false;
      entry.consumed = Math.floor(Date.now() / 1000);
      return true;
    },
    async destroy(model, id) {
      drop(keyOf(model, id));
    },
    async revokeByGrantId(model, grantId) {
      for (const key of keysNamed(familyName(model, grantId))) drop(key);
    },
    async destroyAll(doomed) {
      for (const key of doomed.flatMap(keysOf)) drop(key);
    },
  };

  return store;

  function keysOf(doomed: Doomed): string[] {
    const { model } = doomed;
    if ('id' in doomed) return [keyOf(model, doomed.id)];
    if ('uid' in doomed) return keysNamed(uidName(model, doomed.uid));
    if ('grantId' in doomed) return keysNamed(familyName(model, doomed.grantId));
    return keysNamed(accountName(model, doomed.accountId));
  }

  /** Keeps as many of a user as there may be. */
  function dropOldest(model: string, accountId: string | undefined): void {
    const most = models[model]?.mostOfAccount;
    if (most === undefined || accountId === undefined) return;
    for (const key of keysNamed(accountName(model, accountId)).slice(0, -most)) drop(key);
  }

  function keysNamed(name: string): string[] {
    return [...entries].flatMap(([key, { names }]) => (names.includes(name) ? [key] : []));
  }

  function live(key: string | undefined): Artifact | undefined {
    const entry = key === undefined ? undefined : entries.get(key);
    if (entry === undefined || entry.expiresAt <= Date.now()) return undefined;
    const artifact = JSON.parse(entry.json) as Artifact;
    return entry.consumed === undefined ? artifact : { ...artifact, consumed: entry.consumed };
  }

  function drop(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    entry.pool.keys.delete(key);
    entry.pool.size -= entry.json.length;
    for (const name of entry.names) if (keysByName.get(name) === key) keysByName.delete(name);
  }

  function dropExpired(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) drop(key);
  }

  /** Makes room for what takes the place of a key, which is dropped, or throws and drops nothing. */
  function makeRoom(pool: Pool, key: string, size: number): void {
    const limit = limits[pool.sort];
    const replaced = entries.get(key);
    const before = replaced?.pool === pool ? replaced.json.length : 0;
    const staying = pool.sort === 'lasting' ? pool.size - before : 0;
    if (staying + size > limit) throw new StoreFull('the store is full');
    drop(key);
    for (const oldest of pool.keys) {
      if (pool.size + size <= limit) return;
      drop(oldest);
    }
  }
}

function keyOf(model: string, id: string): string {
  return `${model}:${id}`;
}

function clientName(model: string, accountId: string, clientId: string): string {
  return `${model} of ${JSON.stringify([accountId, clientId])}`;
}

function uidName(model: string, uid: string): string {
  return `${model} uid ${uid}`;
}

function accountName(model: string, accountId: string): string {
  return `${model} account ${accountId}`;
}

function familyName(model: string, grantId: string): string {
  return `${model} grant ${grantId}`;
}

/** What a record is also looked up by. Many can share a grant or a user; of the other names, the newest record has each. */
function namesOf(
  model: string,
  { uid, userCode, accountId, clientId, grantId }: Artifact,
  byAccount = false,
): string[] {
  return [
    ...(uid === undefined ? [] : [uidName(model, uid)]),
    ...(userCode === undefined ? [] : [`${model} code ${userCode}`]),
    ...(grantId === undefined ? [] : [familyName(model, grantId)]),
    ...(byAccount && accountId ? [accountName(model, accountId)] : []),
    ...(byAccount && accountId && clientId ? [clientName(model, accountId, clientId)] : []),
  ];
}
