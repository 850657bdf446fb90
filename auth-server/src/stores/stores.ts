/** All that the auth server keeps, behind its ports; in memory, unless a database is given. */
import type { Dependency } from 'shared/http/health.ts';
import type { ArtifactStore } from '../core/artifact-store.ts';
import type { RevocationList } from '../core/revocation-list.ts';
import type { SigningKeyStore } from '../core/signing-key-store.ts';
import { memoryArtifacts } from './memory-artifacts.ts';
import { memoryRevocations } from './memory-revocations.ts';
import { memorySigningKeys } from './memory-signing-keys.ts';

export interface Stores {
  artifacts: ArtifactStore;
  revocations: RevocationList;
  signingKeys: SigningKeyStore;
  /** What has to answer for them to work. */
  dependencies: Dependency[];
  /**
   * Makes them ready to be used; may be tried again.
   *
   * @throws {StoreUnavailable} when they cannot be reached now
   * @throws {StartupFault} when they never can be used like this
   */
  prepare(): Promise<void>;
}

/** Stores of one process, which forgets them at its end. */
export function memoryStores(stopping: AbortSignal): Stores {
  return {
    artifacts: memoryArtifacts(stopping),
    revocations: memoryRevocations(stopping),
    signingKeys: memorySigningKeys(),
    dependencies: [],
    async prepare() {},
  };
}
