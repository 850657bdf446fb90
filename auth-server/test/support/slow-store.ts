/** An artifact store that is as slow as a database, so that requests overtake each other between its calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';

/** @param least how long each call takes at least, in milliseconds */
export function slowArtifacts(least = 2): ArtifactStore {
  return new Proxy<ArtifactStore>(memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal), {
    get: (store, name: keyof ArtifactStore) => {
      const method = store[name] as (...parameters: unknown[]) => Promise<unknown>;
      return async (...parameters: unknown[]) => {
        await sleep(least + 4 * Math.random());
        return method(...parameters);
      };
    },
  });
}
