/** The port to counts that begin anew after a time. */
export interface AttemptCounts {
  /**
   * Counts one more. Of any number of callers at once, each is told another number.
   *
   * @param seconds how long after its first the count ends
   * @returns the count with this one
   */
  add(key: string, seconds: number): Promise<number>;
  /** The count now; 0 when there is none. */
  get(key: string): Promise<number>;
  /** Takes one back from each count that there is. */
  takeBack(keys: string[]): Promise<void>;
}
