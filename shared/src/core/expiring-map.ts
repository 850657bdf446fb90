/** Values in memory that are each kept until a time of their own, and no more of them than there is room for. */

/** The least time between two searches for entries that are over, in milliseconds. */
const SWEEP_INTERVAL_MS = 1_000;

interface Entry<Value> {
  value: Value;
  until: number;
}

export interface Capacity {
  /** The most entries that are kept. */
  max: number;
  /** What happens to one more: it is refused, or the oldest make room for it. */
  whenFull: 'refuse' | 'drop oldest';
  /** In milliseconds since the epoch. */
  clock?: () => number;
}

/** A map of entries that are over at a time. It has no timer: what is over is dropped when something is added. */
export class ExpiringMap<Value> {
  /** In order of age, since a Map keeps the order in which its entries were made. */
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #capacity: Capacity;
  readonly #clock: () => number;
  #sweptAt: number;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
    this.#clock = capacity.clock ?? (() => Date.now());
    this.#sweptAt = this.#clock();
  }

  /** The value of a key, as long as it is not over. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > this.#clock() ? entry.value : undefined;
  }

  /**
   * Keeps a value, as the newest, in place of the one that the key had.
   *
   * @param until when it is over, in milliseconds since the epoch
   * @returns false when there is no room, and nothing was kept
   */
  set(key: string, value: Value, until: number): boolean {
    // A clock that is set back must not put off the next search.
    if (Math.abs(this.#clock() - this.#sweptAt) >= SWEEP_INTERVAL_MS) this.#sweep();
    this.#entries.delete(key);
    if (this.#entries.size >= this.#capacity.max) {
      if (this.#capacity.whenFull === 'refuse') return false;
      this.#dropOldest();
    }
    this.#entries.set(key, { value, until });
    return true;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** How many are kept that are not over. */
  get size(): number {
    this.#sweep();
    return this.#entries.size;
  }

  #sweep(): void {
    this.#sweptAt = this.#clock();
    for (const [key, { until }] of this.#entries) if (until <= this.#sweptAt) this.#entries.delete(key);
  }

  /** One in a hundred at once: each search for the oldest passes by all that were dropped since the map last grew. */
  #dropOldest(): void {
    const oldest = this.#entries.keys().take(Math.ceil(this.#capacity.max / 100));
    for (const key of oldest) this.#entries.delete(key);
  }
}
