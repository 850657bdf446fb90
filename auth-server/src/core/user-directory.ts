/** The port to whoever knows the resource owners. Put your own behind it to connect your users. */

export interface User {
  /** The `sub` of the user's tokens: stable, and never given to another user. */
  sub: string;
}

export interface UserDirectory {
  /** The user whose password this is; undefined when the directory refuses, without saying why. */
  authenticate(username: string, password: string): Promise<User | undefined>;
  /** The user with this `sub`, if there is one. */
  find(sub: string): Promise<User | undefined>;
}
