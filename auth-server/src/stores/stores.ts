/** Everything that the auth server stores, behind its ports, and the stores in memory. */
import type { Dependency } from 'shared/upstream/dependency.ts';
import type { ApiRegistry } from '../core/apis/api-registry.ts';
import type { AuditLog } from '../core/audit/audit-log.ts';
import type { ClientRegistry } from '../core/clients/client-registry.ts';
import type { ArtifactModels, ArtifactStore } from '../core/grants/artifact-store.ts';
import type { SigningKeyStore } from '../core/keys/signing-key-store.ts';
import type { AttemptCounts } from '../core/throttle/attempt-counts.ts';
import type { RevocationList } from '../core/tokens/revocation-list.ts';
import type { UnitOfWork } from '../core/unit-of-work.ts';
import type { UserStore } from '../core/users/user-store.ts';
import { memoryApis } from './memory/apis.ts';
import { memoryArtifacts } from './memory/artifacts.ts';
import { memoryAttempts } from './memory/attempts.ts';
import { memoryAudit } from './memory/audit.ts';
import { memoryClientRegistry } from './memory/clients.ts';
import { memoryRevocations } from './memory/revocations.ts';
import { memorySigningKeys } from './memory/signing-keys.ts';
import { memoryUsers } from './memory/users.ts';

/** The stores, in memory or in a database. */
export interface Stores {
  artifacts: ArtifactStore;
  revocations: RevocationList;
  signingKeys: SigningKeyStore;
  users: UserStore;
  attempts: AttemptCounts;
  clients: ClientRegistry;
  apis: ApiRegistry;
  audit: AuditLog;
  /** Keeps what is written to `artifacts`, `users` and `apis`. Other writes are kept as they are made. */
  unitOfWork: UnitOfWork;
  /** What has to answer for the stores to work. */
  dependencies: Dependency[];
  /**
   * Makes the stores ready for use. It can be tried again.
   *
   * @throws {StoreUnavailable} when the stores cannot be reached now
   * @throws {StartupFault} when the stores cannot be used with these settings
   */
  prepare(): Promise<void>;
}

/** Stores in the memory of this process, which are lost when it ends. */
export function memoryStores(models: ArtifactModels, stopping: AbortSignal): Stores {
  return {
    artifacts: memoryArtifacts(models, stopping),
    revocations: memoryRevocations(),
    signingKeys: memorySigningKeys(),
    users: memoryUsers(),
    attempts: memoryAttempts(),
    clients: memoryClientRegistry(),
    apis: memoryApis(),
    audit: memoryAudit(),
    // In memory nothing can come between two writes.
    unitOfWork: (work) => work(),
    dependencies: [],
    async prepare() {},
  };
}
