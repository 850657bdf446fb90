/** A map in memory with a bound, whose entries expire. */

/** The least time between two searches for expired entries, in milliseconds. */
const SWEEP_INTERVAL_MS = 1_000;

interface Entry<Value> {
  value: Value;
  until: number;
}

/** How much a map may hold, and what it does when it is full. */
export interface Capacity {
  /** The most entries that are kept. */
  max: number;
  /** What happens to a new entry: it is refused, or the oldest entries make room for it. */
  whenFull: 'refuse' | 'drop oldest';
  /** Tells milliseconds since the epoch; `Date.now` by default. */
  clock?: () => number;
}

/** A map whose entries each expire at a time of their own. It has no timer: adding an entry drops the expired ones. */
export class ExpiringMap<Value> {
  /** The oldest first, since a Map keeps the order in which entries were added. */
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #capacity: Capacity;
  readonly #clock: () => number;
  #sweptAt: number;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
    this.#clock = capacity.clock ?? (() => Date.now());
    this.#sweptAt = this.#clock();
  }

  /** The value of a key until it expires; undefined after that. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > this.#clock() ? entry.value : undefined;
  }

  /**
   * Keeps a value as the newest entry. It replaces the one that the key had.
   *
   * @param until when it expires, in milliseconds since the epoch
   * @returns false when the map is full and refuses the value
   */
  set(key: string, value: Value, until: number): boolean {
    // Setting the clock back must not delay the next search.
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

  /** How many entries have not expired. */
  get size(): number {
    this.#sweep();
    return this.#entries.size;
  }

  #sweep(): void {
    this.#sweptAt = this.#clock();
    for (const [key, { until }] of this.#entries) if (until <= this.#sweptAt) this.#entries.delete(key);
  }

  /** Drops one in a hundred at once: each walk to the oldest passes all that were dropped since the map last grew. */
  #dropOldest(): void {
    const oldest = this.#entries.keys().take(Math.ceil(this.#capacity.max / 100));
    for (const key of oldest) this.#entries.delete(key);
  }
}
