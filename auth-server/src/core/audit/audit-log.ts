/** The port to the audit records: who did what, when and from where. Records are added, and never changed. */

/** What can be recorded. */
export const AUDIT_ACTIONS = [
  'signed_in',
  'sign_in_failed',
  'password_changed',
  'user_created',
  'user_changed',
  'client_created',
  'client_changed',
  'client_deleted',
  'client_secret_added',
  'client_secret_removed',
  'api_created',
  'api_changed',
  'api_deleted',
  'grant_given',
  'grant_revoked',
  'session_ended',
  'token_exchanged',
  'token_revoked',
  'key_rotated',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Something that happened. */
export interface AuditEvent {
  action: AuditAction;
  /** Who did it: a user by their `sub`, a client by its id, or undefined for what happens by itself. */
  actor: { user?: string | undefined; client?: string | undefined } | undefined;
  /** What it was done to, such as `user:<id>`, `client:<id>` or `api:<id>`. Never a token, a code or a session's cookie. */
  subject: string | undefined;
  /** What else is worth knowing, such as the names of the members that were changed. Never a secret. */
  details?: Record<string, string | number | boolean | string[]>;
}

/** Where an event came from. */
export interface AuditOrigin {
  /** The IP address of the caller. */
  address?: string | undefined;
  /** The id of the request. */
  requestId?: string | undefined;
}

/** An event to record. */
export interface AuditEntry extends AuditEvent, AuditOrigin {
  /** How long ago it happened, in milliseconds; 0 when it is left out. */
  ageMs?: number;
}

/** An event as it was recorded. */
export interface AuditRecord extends AuditEvent, AuditOrigin {
  /** Grows with each record, which may be recorded later than one that happened after it. */
  id: string;
  at: Date;
}

/** Keeps the records. Its promises reject with `StoreUnavailable` while they cannot be kept or read. */
export interface AuditLog {
  /** Records all of the entries or none. Once this resolves, they are kept for good. */
  record(...entries: AuditEntry[]): Promise<void>;
  /**
   * Up to `limit` records, by when they happened, newest first: those before the one of an id, or the newest of all when it is
   * undefined.
   */
  list(before: string | undefined, limit: number): Promise<AuditRecord[]>;
}
