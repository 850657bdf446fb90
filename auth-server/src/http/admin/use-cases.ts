/** The use cases that the routes of the admin API call. */
import type { Result } from 'shared/core/result.ts';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import type { clientAdministration } from '../../core/clients/client-administration.ts';
import type { GrantList } from '../../core/grants/grant-list.ts';
import type { KeyRing, StagedKey } from '../../core/keys/key-ring.ts';
import type { userAdministration } from '../../core/users/user-administration.ts';

export interface AdminUseCases {
  users: UserAdministration;
  clients: ClientAdministration;
  grants: GrantList;
  keys: KeyAdministration;
  audit: AuditLog;
}

export type UserAdministration = ReturnType<typeof userAdministration>;

/** Secrets leave here once, when they are made. */
export type ClientAdministration = ReturnType<typeof clientAdministration>;

export interface KeyAdministration {
  published: KeyRing['published'];
  /** See {@link KeyRing}; `fixed` when the keys are those of a file. */
  rotate(at: 'published' | 'now'): Promise<Result<StagedKey[], 'fixed'>>;
}
