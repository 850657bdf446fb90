/** The use cases that the routes of the admin API call. */
import type { Result } from 'shared/core/result.ts';
import type { apiAdministration } from '../../core/apis/api-administration.ts';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import type { clientAdministration } from '../../core/clients/client-administration.ts';
import type { GrantList } from '../../core/grants/grant-list.ts';
import type { KeyRing, StagedKey } from '../../core/keys/key-ring.ts';
import type { userAdministration } from '../../core/users/user-administration.ts';

/** All of them, by subject. */
export interface AdminUseCases {
  users: UserAdministration;
  clients: ClientAdministration;
  apis: ApiAdministration;
  grants: GrantList;
  keys: KeyAdministration;
  audit: AuditLog;
}

/** The use cases of users; see {@link userAdministration}. */
export type UserAdministration = ReturnType<typeof userAdministration>;

/** The use cases of clients; see {@link clientAdministration}. */
export type ClientAdministration = ReturnType<typeof clientAdministration>;

/** The use cases of APIs; see {@link apiAdministration}. */
export type ApiAdministration = ReturnType<typeof apiAdministration>;

/** The use cases of signing keys. */
export interface KeyAdministration {
  published: KeyRing['published'];
  /** See {@link KeyRing}; `fixed` when the keys come from a file. */
  rotate(at: 'published' | 'now'): Promise<Result<StagedKey[], 'fixed'>>;
}
