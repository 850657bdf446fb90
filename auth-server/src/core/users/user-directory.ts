/** The port to the directory of resource owners. Implement it to connect users of your own. */

/** A resource owner. */
export interface User {
  /** The `sub` of the user's tokens: stable, and never given to another user. */
  sub: string;
  /** What a client with the right scope may learn about the user. */
  claims?: UserClaims;
  /** What tells the password that the user has just signed in with from any other that the user has had or will have. */
  proof?: string;
}

/** Standard claims (OpenID Connect Core §5.1). */
export interface UserClaims {
  name?: string;
  given_name?: string;
  family_name?: string;
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
}

/** Finds users by their credentials, and by the `sub` of their tokens. Its promises reject when it cannot answer. */
export interface UserDirectory {
  /**
   * The user whose password this is; undefined when the directory refuses, without saying why.
   *
   * @param address where the password was typed, if that is known, for a limit on login attempts
   */
  authenticate(username: string, password: string, address?: string): Promise<User | undefined>;
  /** The user with this `sub`, if there is one. */
  find(sub: string): Promise<User | undefined>;
  /**
   * Whether a proof is still that of the user's password. In a unit of work it stays so until the end of the unit. A directory
   * whose users have no proofs leaves this out.
   */
  holds?(sub: string, proof: string): Promise<boolean>;
  /**
   * The user to sign in to a first-party client without a page, taken from a `login_hint` if there is one. A directory
   * whose users have to prove who they are leaves this out.
   */
  admit?(hint: string | undefined): Promise<User | undefined>;
}
