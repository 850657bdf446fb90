/** The port to the audit records: who did what, when and from where. They are only ever added to. */

/** What happened; the names are those of log events. */
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
  'grant_given',
  'grant_revoked',
  'session_ended',
  'token_revoked',
  'key_rotated',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEvent {
  action: AuditAction;
  /** Who did it: a user by their `sub`, a client by its id, or undefined for what happens by itself. */
  actor: { user?: string | undefined; client?: string | undefined } | undefined;
  /** What it was done to, such as `user:<id>` or `client:<id>`. Never a token, a code or a session's cookie. */
  subject: string | undefined;
  /** What else is worth knowing, such as the names of what was changed. Never a secret. */
  details?: Record<string, string | number | boolean | string[]>;
}

/** Where an act came from. */
export interface AuditOrigin {
  address?: string | undefined;
  /** The request that it was part of. */
  requestId?: string | undefined;
}

/** An event to record. */
export interface AuditEntry extends AuditEvent, AuditOrigin {
  /** How long ago it happened, in milliseconds; 0 when it is left out. */
  ageMs?: number;
}

/** An event as it was recorded. */
export interface AuditRecord extends AuditEvent, AuditOrigin {
  /** Grows with each record. */
  id: string;
  at: Date;
}

export interface AuditLog {
  /** Records what has happened, all of it or nothing. When this resolves, it is there for good. */
  record(...entries: AuditEntry[]): Promise<void>;
  /** So many records, newest first, before an id; the newest when it is undefined. */
  list(before: string | undefined, limit: number): Promise<AuditRecord[]>;
}
