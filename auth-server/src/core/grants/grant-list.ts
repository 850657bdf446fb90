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

/** By what a user acts who ends all else. */
export interface ActsBy {
  grant: string;
  /** The session in which the grant was used, where it is known; each session that has the grant is taken for it else. */
  session?: string | undefined;
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
   * @param own by what it is asked for: these stay
   */
  endAll(user: string, what: 'sessions' | 'sessions and grants', own?: ActsBy): Promise<void>;
}
