/** The port to password hashing. */
import { Unavailable } from 'shared/core/unavailable.ts';

/** So many passwords wait to be hashed that one more would not be served in time. */
export class HashingBusy extends Unavailable {
  override readonly name = 'HashingBusy';
  override readonly detail = 'Too much is under way. Try again later.';

  constructor() {
    super('too many passwords wait to be hashed');
  }
}

/** Hashes passwords slowly, on purpose. Its promises reject with {@link HashingBusy} when too many wait. */
export interface PasswordHasher {
  /** The hash, with all that is needed to verify it (a PHC string). */
  hash(password: string): Promise<string>;
  /**
   * Finds whose password it may be, and answers with them when it is theirs. That takes as long when it is not, and when
   * nobody is found.
   *
   * @param find called when the password's turn has come: those who are sent away cost nothing else
   */
  verify<Holder extends { passwordHash: string }>(
    password: string,
    find: () => Promise<Holder | undefined>,
  ): Promise<Holder | undefined>;
  /** Whether a hash was made with less effort than is asked for now. */
  isOutdated(hash: string): boolean;
}
