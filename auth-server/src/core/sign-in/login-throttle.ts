/** The port to the limit on guesses of passwords. */

/** Who guesses, and from where. */
export interface LoginAttempt {
  /** As it was typed; guesses that differ in case are of one user. */
  username: string;
  /** The address of the guesser; undefined when it is not known. */
  address: string | undefined;
}

export interface LoginThrottle {
  /** Whether there were so many guesses that this one is not even to wait for its turn. Counts nothing. */
  isSpent(attempt: LoginAttempt): Promise<boolean>;
  /**
   * Counts a guess before it is looked at, so that guesses at the same time cannot all pass.
   *
   * @returns whether it may be looked at
   */
  admit(attempt: LoginAttempt): Promise<boolean>;
  /** Takes back what was counted for a guess that was right. */
  succeeded(attempt: LoginAttempt): Promise<void>;
}
