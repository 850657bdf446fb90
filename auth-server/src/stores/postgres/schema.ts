/** The tables that the migrations have made. */
import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { ApiDefinition } from '../../core/apis/api-definition.ts';
import type { AuditEvent } from '../../core/audit/audit-log.ts';
import type { ClientRegistration } from '../../core/clients/client-registration.ts';
import type { ClientSecret } from '../../core/clients/client-registry.ts';
import type { Artifact } from '../../core/grants/artifact-store.ts';
import type { Role, UserStatus } from '../../core/users/user-store.ts';

/** The tables by name. */
export interface Schema {
  artifacts: ArtifactsTable;
  revocations: RevocationsTable;
  users: UsersTable;
  guesses: GuessesTable;
  clients: ClientsTable;
  audit_log: AuditLogTable;
  signing_keys: SigningKeysTable;
  apis: ApisTable;
  apis_edition: ApisEditionTable;
}

interface ArtifactsTable {
  model: string;
  /** The hash of the id, or the id itself if it is no secret. */
  id: string;
  /** What the library stored, without secrets. */
  payload: JSONColumnType<Artifact>;
  /** The secrets, sealed. */
  sealed: string | null;
  grant_id: string | null;
  account_id: string | null;
  client_id: string | null;
  uid: string | null;
  user_code: string | null;
  /** The identifiers of the APIs that a user has allowed something of, or not; of records of what users have allowed only. */
  apis: ColumnType<never, string | null, string | null>;
  consumed_at: Date | null;
  /** `infinity` if it does not expire. That is not a Date, so the column is only written and compared. */
  expires_at: Date;
  created_at: ColumnType<Date, never, never>;
}

interface RevocationsTable {
  jti_hash: string;
  expires_at: Date;
}

interface UsersTable {
  id: string;
  username: string;
  /** What the username is looked up by. */
  username_key: string;
  display_name: string | null;
  email: string | null;
  email_verified: boolean;
  roles: Role[];
  status: UserStatus;
  password_hash: string;
  created_at: Date;
  updated_at: Date;
  version: number;
}

interface GuessesTable {
  key: string;
  count: number;
  expires_at: Date;
}

/** The clients that administrators registered. */
export interface ClientsTable {
  client_id: string;
  metadata: JSONColumnType<ClientRegistration>;
  secrets: JSONColumnType<StoredSecret[]>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  /** When the client was deleted; its id stays taken. */
  deleted_at: ColumnType<Date | null, never, Date>;
  version: Generated<number>;
}

/** A client's secret as it is stored: JSON has no dates. */
export type StoredSecret = Omit<ClientSecret, 'createdAt'> & { createdAt: string };

/** The audit records; `id` grows with each one. */
export interface AuditLogTable {
  id: Generated<string>;
  at: Date;
  action: string;
  actor_user: string | null;
  actor_client: string | null;
  subject: string | null;
  details: JSONColumnType<NonNullable<AuditEvent['details']>> | null;
  address: string | null;
  request_id: string | null;
}

interface SigningKeysTable {
  kid: string;
  alg: string;
  created_at: Date;
  signs_from: Date;
  /** The private JWK, sealed. */
  sealed_jwk: string;
}

/** The APIs that administrators defined. */
export interface ApisTable {
  id: string;
  definition: JSONColumnType<ApiDefinition>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  version: Generated<number>;
}

/** One row, which is another after each change of any API. */
interface ApisEditionTable {
  edition: ColumnType<string, never, never>;
}
