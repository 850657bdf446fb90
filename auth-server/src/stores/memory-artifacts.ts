/** The artifact store in memory: for one process, forgotten at its end. */
import type { Artifact, ArtifactStore } from '../core/artifact-store.ts';

interface Entry {
  model: string;
  artifact: Artifact;
  /** In milliseconds since the epoch. */
  expiresAt: number;
}

/** A store that drops what has expired every `sweepMs` milliseconds until `stopping` is aborted. */
export function memoryArtifacts(stopping: AbortSignal, sweepMs = 10_000): ArtifactStore {
  const entries = new Map<string, Entry>();
  const sweep = setInterval(() => {
    const now = Date.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key);
  }, sweepMs).unref();
  stopping.addEventListener('abort', () => clearInterval(sweep));

  const keyOf = (model: string, id: string) => `${model}:${id}`;

  const live = (key: string) => {
    const entry = entries.get(key);
    return entry && entry.expiresAt > Date.now() ? entry.artifact : undefined;
  };

  const findBy = (model: string, field: 'uid' | 'userCode', value: string) => {
    for (const [key, entry] of entries) {
      if (entry.model === model && entry.artifact[field] === value) return live(key);
    }
    return undefined;
  };

  return {
    async upsert(model, id, artifact, expiresIn = Number.POSITIVE_INFINITY) {
      // A copy: the library goes on changing the objects that it hands over.
      const copy = structuredClone(artifact);
      entries.set(keyOf(model, id), { model, artifact: copy, expiresAt: Date.now() + expiresIn * 1000 });
    },
    async find(model, id) {
      return structuredClone(live(keyOf(model, id)));
    },
    async findByUid(model, uid) {
      return structuredClone(findBy(model, 'uid', uid));
    },
    async findByUserCode(model, userCode) {
      return structuredClone(findBy(model, 'userCode', userCode));
    },
    async consume(model, id) {
      const artifact = live(keyOf(model, id));
      if (artifact) artifact.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(model, id) {
      entries.delete(keyOf(model, id));
    },
    async revokeByGrantId(model, grantId) {
      for (const [key, entry] of entries) {
        if (entry.model === model && entry.artifact.grantId === grantId) entries.delete(key);
      }
    },
  };
}
