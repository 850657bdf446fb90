/** The port to password hashing. */
import { Unavailable } from 'shared/core/unavailable.ts';

/** The outage of hashing: so many passwords wait that another one would not be hashed in time. */
export class HashingBusy extends Unavailable {
  override readonly name = 'HashingBusy';
  override readonly detail = 'The server is too busy. Try again later.';

  constructor() {
    super('too many passwords wait to be hashed');
  }
}

/** Said in the place of a user whose password is not to be checked. */
export const UNCHECKED = Symbol('unchecked');

/** Hashes passwords slowly, on purpose. Its promises reject with {@link HashingBusy} when too many wait. */
export interface PasswordHasher {
  /** The hash, with all that is needed to verify it (a PHC string). */
  hash(password: string): Promise<string>;
  /**
   * Looks up the holder of a password, and resolves with the holder if the password is right; otherwise with undefined. A
   * wrong password, and a holder who is not found, take as long as a right password. A password that is not to be checked
   * takes no time.
   *
   * @param find called when the password's turn has come, so that a caller who is turned away costs no look-up
   * @param caller who asks, as far as it is known. Callers take turns, so that none of them keeps the others out
   */
  verify<Holder extends { passwordHash: string }>(
    password: string,
    find: () => Promise<Holder | undefined | typeof UNCHECKED>,
    caller?: string,
  ): Promise<Holder | undefined>;
  /** Whether a hash was made with less effort than the settings ask for now. */
  isOutdated(hash: string): boolean;
}
