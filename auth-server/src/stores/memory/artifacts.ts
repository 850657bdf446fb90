/** The artifact store in memory: for one process, bounded in bytes, forgotten at its end. */
import {
  type Artifact,
  type ArtifactModel,
  type ArtifactModels,
  type ArtifactStore,
  type Doomed,
  type Holder,
  StoreFull,
} from '../../core/grants/artifact-store.ts';
import { goneByResource, withoutGone } from '../../core/grants/forgotten-scopes.ts';
import { artifactRooms, type Place, ROOM_LIMITS, type RoomLimits } from '../artifact-rooms.ts';

interface Entry {
  model: string;
  json: string;
  /** When it was used, in milliseconds since the epoch. */
  consumedAt?: number;
  /** In milliseconds since the epoch. */
  expiresAt: number;
  place: Place;
  /** What it is also looked up by. */
  names: string[];
}

/** A store that drops what has expired every `sweepMs` milliseconds until `stopping` is aborted. */
export function memoryArtifacts(
  models: ArtifactModels,
  stopping: AbortSignal,
  { sweepMs = 10_000, limits = ROOM_LIMITS }: { sweepMs?: number; limits?: RoomLimits } = {},
): ArtifactStore {
  const entries = new Map<string, Entry>();
  const keysByName = new Map<string, Set<string>>();
  const rooms = artifactRooms(models, limits);
  const sweep = setInterval(dropExpired, sweepMs).unref();
  stopping.addEventListener('abort', () => clearInterval(sweep));

  const store: ArtifactStore = {
    async upsert(model, id, artifact, expiresIn = Number.POSITIVE_INFINITY) {
      const key = keyOf(model, id);
      const known = entries.get(key);
      const json = JSON.stringify(artifact);
      const holder = holderOf(model, artifact, known?.place.holder);
      const names = namesOf(model, artifact, models[model]);
      if (known === undefined) makeRoomInAll(model);
      const { place, dropped } = rooms.place({ model, key, json, names, holder }, known?.place);
      for (const one of known ? [key, ...dropped] : dropped) forget(one);
      const entry: Entry = { model, json, expiresAt: Date.now() + expiresIn * 1000, place, names };
      entries.set(key, entry);
      for (const name of names) index(name, key);
      // What was used stays so, also for whoever found it before.
      if (known?.consumedAt !== undefined) markUsed(entry, known.consumedAt);
      if (known === undefined) dropOldest(model, artifact);
    },
    async upsertAll(model, artifacts) {
      for (const { id, artifact, expiresIn } of artifacts) await store.upsert(model, id, artifact, expiresIn);
    },
    async find(model, id) {
      return live(keyOf(model, id));
    },
    async findByUid(model, uid) {
      return live(newestNamed(uidName(model, uid)));
    },
    async findByUserCode(model, userCode) {
      return live(newestNamed(codeName(model, userCode)));
    },
    async findByClient(model, accountId, clientId) {
      return live(newestNamed(clientName(model, accountId, clientId)));
    },
    async findByAccount(model, accountId) {
      const found = keysNamed(accountName(model, accountId)).map(live);
      // A set keeps the order in which they were stored.
      return found.filter((artifact) => artifact !== undefined).reverse();
    },
    async consume(model, id) {
      const entry = entries.get(keyOf(model, id));
      if (entry === undefined || entry.consumedAt !== undefined) return false;
      markUsed(entry, Date.now());
      return true;
    },
    async renew(model, id, expiresIn) {
      const entry = entries.get(keyOf(model, id));
      if (entry === undefined || entry.expiresAt <= Date.now()) return;
      if (entry.consumedAt === undefined) markUsed(entry, Date.now());
      entry.expiresAt = Math.max(entry.expiresAt, Date.now() + expiresIn * 1000);
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
    async forgetScopes(gone) {
      const byResource = goneByResource(gone);
      for (const entry of entries.values()) {
        if (!models[entry.model]?.allows) continue;
        entry.json = JSON.stringify(withoutGone(JSON.parse(entry.json), byResource));
      }
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

  /** Drops the oldest of a model that was not used where there are as many as there may be. */
  function makeRoomInAll(model: string): void {
    const { mostInAll = Number.POSITIVE_INFINITY } = models[model] ?? {};
    const keys = keysByName.get(allName(model)) ?? new Set();
    if (keys.size < mostInAll) return;
    const oldest = [...keys].find((key) => entries.get(key)?.consumedAt === undefined);
    if (oldest === undefined) throw new StoreFull(`there are ${mostInAll} of ${model}`);
    drop(oldest);
  }

  /** Keeps as many of a user, and of a grant, as there may be. */
  function dropOldest(model: string, { accountId, grantId }: Artifact): void {
    const { mostOfAccount, mostOfGrant } = models[model] ?? {};
    if (mostOfAccount !== undefined && accountId !== undefined) {
      for (const key of keysNamed(accountName(model, accountId)).slice(0, -mostOfAccount)) drop(key);
    }
    if (mostOfGrant !== undefined && grantId !== undefined) {
      for (const key of keysNamed(familyName(model, grantId)).slice(0, -mostOfGrant)) drop(key);
    }
  }

  /** Whose a record is: of whom it was, unless it has become a user's. */
  function holderOf(model: string, artifact: Artifact, before: Holder | undefined): Holder {
    const now = models[model]?.holder(artifact) ?? { of: 'strangers', name: '' };
    return now.of === 'users' ? now : (before ?? now);
  }

  function keysNamed(name: string): string[] {
    return [...(keysByName.get(name) ?? [])];
  }

  function newestNamed(name: string): string | undefined {
    return keysNamed(name).at(-1);
  }

  function index(name: string, key: string): void {
    const keys = keysByName.get(name);
    if (keys === undefined) keysByName.set(name, new Set([key]));
    else keys.add(key);
  }

  function live(key: string | undefined): Artifact | undefined {
    const entry = key === undefined ? undefined : entries.get(key);
    if (entry === undefined || entry.expiresAt <= Date.now()) return undefined;
    const artifact = JSON.parse(entry.json) as Artifact;
    if (entry.consumedAt === undefined) return artifact;
    const consumedAgo = (Date.now() - entry.consumedAt) / 1_000;
    return { ...artifact, consumed: Math.floor(entry.consumedAt / 1_000), consumedAgo };
  }

  function markUsed(entry: Entry, at: number): void {
    entry.consumedAt = at;
    if (models[entry.model]?.mustLast === 'once used') entry.place.room.keep(entry.place.holding);
  }

  function drop(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entry.place.room.remove(entry.place.holding);
    forget(key);
  }

  /** Forgets a record that has no place any more. */
  function forget(key: string): void {
    const names = entries.get(key)?.names ?? [];
    entries.delete(key);
    for (const name of names) {
      const keys = keysByName.get(name);
      keys?.delete(key);
      if (keys?.size === 0) keysByName.delete(name);
    }
  }

  function dropExpired(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) drop(key);
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

function codeName(model: string, userCode: string): string {
  return `${model} code ${userCode}`;
}

function accountName(model: string, accountId: string): string {
  return `${model} account ${accountId}`;
}

function allName(model: string): string {
  return `all of ${model}`;
}

function familyName(model: string, grantId: string): string {
  return `${model} grant ${grantId}`;
}

/** What a record is also looked up by. Others may have the same names. */
function namesOf(
  model: string,
  { uid, userCode, accountId, clientId, grantId }: Artifact,
  { byAccount = false, mostInAll }: Partial<ArtifactModel> = {},
): string[] {
  return [
    ...(mostInAll === undefined ? [] : [allName(model)]),
    ...(uid === undefined ? [] : [uidName(model, uid)]),
    ...(userCode === undefined ? [] : [codeName(model, userCode)]),
    ...(grantId === undefined ? [] : [familyName(model, grantId)]),
    ...(byAccount && accountId ? [accountName(model, accountId)] : []),
    ...(byAccount && accountId && clientId ? [clientName(model, accountId, clientId)] : []),
  ];
}
