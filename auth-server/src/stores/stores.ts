/** All that the auth server keeps, behind its ports; in memory, unless a database is given. */
import type { Dependency } from 'shared/upstream/dependency.ts';
import type { AuditLog } from '../core/audit/audit-log.ts';
import type { ClientRegistry } from '../core/clients/client-registry.ts';
import type { ArtifactModels, ArtifactStore } from '../core/grants/artifact-store.ts';
import type { SigningKeyStore } from '../core/keys/signing-key-store.ts';
import type { AttemptCounts } from '../core/sign-in/attempt-counts.ts';
import type { RevocationList } from '../core/tokens/revocation-list.ts';
import type { UnitOfWork } from '../core/unit-of-work.ts';
import type { UserStore } from '../core/users/user-store.ts';
import { memoryArtifacts } from './memory/artifacts.ts';
import { memoryAttempts } from './memory/attempts.ts';
import { memoryAudit } from './memory/audit.ts';
import { memoryClientRegistry } from './memory/clients.ts';
import { memoryRevocations } from './memory/revocations.ts';
import { memorySigningKeys } from './memory/signing-keys.ts';
import { memoryUsers } from './memory/users.ts';

export interface Stores {
  artifacts: ArtifactStore;
  revocations: RevocationList;
  signingKeys: SigningKeyStore;
  users: UserStore;
  attempts: AttemptCounts;
  clients: ClientRegistry;
  audit: AuditLog;
  /** Within one, what artifacts and users are changed is kept as a whole. Other writes are kept as they are made. */
  unitOfWork: UnitOfWork;
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
export function memoryStores(models: ArtifactModels, stopping: AbortSignal): Stores {
  return {
    artifacts: memoryArtifacts(models, stopping),
    revocations: memoryRevocations(),
    signingKeys: memorySigningKeys(),
    users: memoryUsers(),
    attempts: memoryAttempts(),
    clients: memoryClientRegistry(),
    audit: memoryAudit(),
    // Nothing comes between writes in memory.
    unitOfWork: (work) => work(),
    dependencies: [],
    async prepare() {},
  };
}
