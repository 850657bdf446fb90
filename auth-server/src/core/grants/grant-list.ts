/** The port to what a user has granted and where they are signed in. */
import type { Result } from 'shared/core/result.ts';

/** What a user allows a client. */
export interface GrantSummary {
  id: string;
  clientId: string;
  scopes: string[];
  createdAt: Date;
  expiresAt: Date;
}

/** A browser that a user is signed in with. Its id opens nothing: it is not that of the cookie. */
export interface SessionSummary {
  id: string;
  createdAt: Date;
  expiresAt: Date;
}

export interface GrantList {
  grants(user: string): Promise<GrantSummary[]>;
  sessions(user: string): Promise<SessionSummary[]>;
  /** Ends a grant, and with it every token that came of it; `unknown` when the user has no such grant. */
  revokeGrant(user: string, id: string): Promise<Result<void, 'unknown'>>;
  /** Signs a browser out; `unknown` when the user has no such session. */
  endSession(user: string, id: string): Promise<Result<void, 'unknown'>>;
  /**
   * Ends all sessions of a user, and sign-ins that are not finished; grants with them when asked.
   *
   * @param exceptGrant the grant of whoever asks: it stays, and so does the session that it was given in
   */
  endAll(user: string, what: 'sessions' | 'sessions and grants', exceptGrant?: string): Promise<void>;
}
