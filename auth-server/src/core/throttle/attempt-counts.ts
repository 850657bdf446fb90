/** The port to counts of attempts, each of which begins anew after a time. */
export interface AttemptCounts {
  /**
   * Counts one more. Of any number of callers at once, each is told another number.
   *
   * @param seconds how long after its first the count ends
   * @returns the count with this one
   */
  add(key: string, seconds: number): Promise<number>;
  /** The counts now, in the order of their keys; 0 where there is none. */
  get(keys: string[]): Promise<number[]>;
  /** Takes one back from each count that there is. */
  takeBack(keys: string[]): Promise<void>;
}
