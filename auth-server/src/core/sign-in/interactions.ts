/** The port to the authorization requests that wait for a user to sign in or to decide. */
import type { Claimed } from '../clients/claimed-client.ts';
import type { User } from '../users/user-directory.ts';
import type { Asked, Decided } from './asked-scopes.ts';

/** How a user is marked who was signed in without proving anything. */
export const UNPROVEN = 'none';

/** How a user was signed in: by what they know, or without being asked (RFC 8176 §2 names the first). */
export type Authentication = 'pwd' | typeof UNPROVEN;

/** What an authorization request waits for. */
export interface PendingInteraction {
  id: string;
  asks: 'login' | 'account' | 'consent';
  client: {
    id: string;
    /** What the pages call it: a name that somebody answers for. */
    name: string;
    firstParty: boolean;
    /** What its metadata document says; undefined for a registered client. */
    claimed?: Claimed | undefined;
    /** Whether a stranger has registered it, so that nobody answers for its name; false while nobody is asked to allow anything. */
    isStrangers?: boolean;
  };
  /** The `sub` of the user who is signed in. */
  user: string | undefined;
  loginHint: string | undefined;
  /** Whether the user has to prove who they are, also where the directory would do without. */
  mustProve: boolean;
  /** What it asks the user to allow; nothing unless it asks for consent. */
  asked: Asked;
  redirectUri: string | undefined;
  /** The languages that the client wants the pages to be in (OpenID Connect Core §3.1.2.1). */
  uiLocales: string | undefined;
}

/**
 * Why a browser has no interaction at an address:
 * - `answered`: the user has answered, and the authorization request went on
 * - `other_user`: since the page was opened the user has signed out, or somebody else has signed in
 * - `unknown`: this browser never had it, or had it too long ago
 */
export type Missing = 'answered' | 'other_user' | 'unknown';

/**
 * Finds them, and takes the user's answers. Each text in return is the URL at which the browser goes on.
 *
 * @typeParam Browser what a browser is known by
 */
export interface Interactions<Browser> {
  /** The one that this browser began; undefined when it began none, or too long ago. */
  find(browser: Browser): Promise<PendingInteraction | undefined>;
  /** Why {@link find} found none. */
  whyMissing(browser: Browser): Promise<Missing>;
  /** Where an interaction goes on whose user has answered; undefined until then, and when there is none any more. */
  onward(browser: Browser): Promise<string | undefined>;
  signedIn(browser: Browser, user: User, by: Authentication): Promise<string>;
  /** The user who is signed in goes on as who they are. */
  stayed(browser: Browser): Promise<string>;
  /**
   * The user allows what is asked for, but for what they leave out.
   *
   * @param client as the user has seen it
   */
  consented(browser: Browser, decision: Decided, client: PendingInteraction['client']): Promise<string>;
  declined(browser: Browser): Promise<string>;
}
