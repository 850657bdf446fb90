/** The port to whoever knows the resource owners. Put your own behind it to connect your users. */

export interface User {
  /** The `sub` of the user's tokens: stable, and never given to another user. */
  sub: string;
  /** What may be told of the user to a client with the scope for it (OpenID Connect Core §5.1). */
  claims?: UserClaims;
}

export interface UserClaims {
  name?: string;
  given_name?: string;
  family_name?: string;
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
}

/** Knows the users by what they sign in with, and by the name that their tokens have. It rejects when there is no answer. */
export interface UserDirectory {
  /**
   * The user whose password this is; undefined when the directory refuses, without saying why.
   *
   * @param address where it was typed, as far as that is known, for a limit on guesses
   */
  authenticate(username: string, password: string, address?: string): Promise<User | undefined>;
  /** The user with this `sub`, if there is one. */
  find(sub: string): Promise<User | undefined>;
  /**
   * The user to sign in to a first-party client without a page, from a `login_hint` or none. A directory whose
   * users have something to prove leaves this out.
   */
  admit?(hint: string | undefined): Promise<User | undefined>;
}
