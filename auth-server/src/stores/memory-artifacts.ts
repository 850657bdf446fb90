/** The artifact store in memory: for one process, bounded, forgotten at its end. */
import type { Artifact, ArtifactStore } from '../core/artifact-store.ts';

/** The most that is kept. */
const MAX_ARTIFACTS = 200_000;

interface Entry {
  model: string;
  artifact: Artifact;
  /** In milliseconds since the epoch. */
  expiresAt: number;
}

/** A store that drops what has expired every `sweepMs` milliseconds until `stopping` is aborted. */
export function memoryArtifacts(stopping: AbortSignal, sweepMs = 10_000): ArtifactStore {
  const entries = new Map<string, Entry>();
  /** From what a record is also looked up by to its key. */
  const index = new Map<string, string>();
  const sweep = setInterval(dropExpired, sweepMs).unref();
  stopping.addEventListener('abort', () => clearInterval(sweep));

  return {
    async upsert(model, id, artifact, expiresIn = Number.POSITIVE_INFINITY) {
      const key = keyOf(model, id);
      if (!entries.has(key)) makeRoom();
      drop(key);
      // A copy: the library goes on changing the objects that it hands over.
      const entry = { model, artifact: structuredClone(artifact), expiresAt: Date.now() + expiresIn * 1000 };
      entries.set(key, entry);
      for (const name of namesOf(entry)) index.set(name, key);
    },
    async find(model, id) {
      return structuredClone(live(keyOf(model, id)));
    },
    async findByUid(model, uid) {
      return structuredClone(live(index.get(`${model} uid ${uid}`)));
    },
    async findByUserCode(model, userCode) {
      return structuredClone(live(index.get(`${model} code ${userCode}`)));
    },
    async findGrant(accountId, clientId) {
      const key = index.get(grantName(accountId, clientId));
      return live(key) && key?.slice(keyOf('Grant', '').length);
    },
    async consume(model, id) {
      const artifact = live(keyOf(model, id));
      if (artifact === undefined || artifact.consumed !== undefined) return false;
      artifact.consumed = Math.floor(Date.now() / 1000);
      return true;
    },
    async destroy(model, id) {
      drop(keyOf(model, id));
    },
    async revokeByGrantId(model, grantId) {
      for (const [key, entry] of entries) {
        if (entry.model === model && entry.artifact.grantId === grantId) drop(key);
      }
    },
  };

  function live(key: string | undefined): Artifact | undefined {
    const entry = key === undefined ? undefined : entries.get(key);
    return entry && entry.expiresAt > Date.now() ? entry.artifact : undefined;
  }

  function drop(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    for (const name of namesOf(entry)) if (index.get(name) === key) index.delete(name);
  }

  function dropExpired(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) drop(key);
  }

  /** Anyone can begin an interaction, so the oldest of those makes room; what was granted never does. */
  function makeRoom(): void {
    if (entries.size < MAX_ARTIFACTS) return;
    for (const [key, { model }] of entries) {
      if (model !== 'Interaction') continue;
      drop(key);
      return;
    }
    throw new Error(`the store is full: ${MAX_ARTIFACTS} artifacts`);
  }
}

function keyOf(model: string, id: string): string {
  return `${model}:${id}`;
}

function grantName(accountId: string, clientId: string): string {
  return `Grant of ${JSON.stringify([accountId, clientId])}`;
}

/** What a record is also looked up by. */
function namesOf({ model, artifact: { uid, userCode, accountId, clientId } }: Entry): string[] {
  return [
    ...(uid === undefined ? [] : [`${model} uid ${uid}`]),
    ...(userCode === undefined ? [] : [`${model} code ${userCode}`]),
    ...(model === 'Grant' && accountId && clientId ? [grantName(accountId, clientId)] : []),
  ];
}
