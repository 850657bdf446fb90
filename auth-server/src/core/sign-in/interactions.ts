/** The port to the authorization requests that wait for a user to sign in or to decide. */
import type { User } from '../users/user-directory.ts';

/** How a user is marked who was signed in without proving anything. */
export const UNPROVEN = 'none';

/** How a user was signed in: by what they know, or without being asked (RFC 8176 §2 names the first). */
export type Authentication = 'pwd' | typeof UNPROVEN;

/** What an authorization request waits for. */
export interface PendingInteraction {
  id: string;
  asks: 'login' | 'account' | 'consent';
  client: { id: string; name: string; firstParty: boolean };
  /** The `sub` of the user who is signed in. */
  user: string | undefined;
  loginHint: string | undefined;
  scopes: string[];
  redirectUri: string | undefined;
}

/**
 * Finds them, and takes the user's answers. Each text in return is the URL at which the browser goes on.
 *
 * @typeParam Browser what a browser is known by
 */
export interface Interactions<Browser> {
  /** The one that this browser began; undefined when it began none, or too long ago. */
  find(browser: Browser): Promise<PendingInteraction | undefined>;
  signedIn(browser: Browser, user: User, by: Authentication): Promise<string>;
  /** The user who is signed in goes on as who they are. */
  stayed(browser: Browser): Promise<string>;
  consented(browser: Browser): Promise<string>;
  declined(browser: Browser): Promise<string>;
}
