/** A map in memory with a bound, whose entries expire. */
import { FairRoom, type Holding } from './fair-room.ts';

/** The least time between two searches for expired entries, in milliseconds. */
const SWEEP_INTERVAL_MS = 1_000;

interface Entry<Value> {
  value: Value;
  until: number;
  /** Undefined in a map that keeps no account of its owners. */
  holding: Holding | undefined;
}

/** How much a map may hold, and what it does when it is full. */
export interface Capacity {
  /** The most entries that are kept. */
  max: number;
  /**
   * What happens to a new entry: it is refused, or the oldest entries of the owner who has the most make room for it. With
   * `leaveRoom` an owner is refused who already has that part of the room that is still free.
   */
  whenFull: 'refuse' | 'drop oldest' | { leaveRoom: number };
  /** Tells milliseconds since the epoch; `Date.now` by default. */
  clock?: () => number;
}

/** A map whose entries each expire at a time of their own. It has no timer: adding an entry drops the expired ones. */
export class ExpiringMap<Value> {
  /** The oldest first, since a Map keeps the order in which entries were added. */
  readonly #entries = new Map<string, Entry<Value>>();
  /** Who has how much; undefined in a map that refuses all alike, since keeping account costs more than the entry. */
  readonly #room: FairRoom | undefined;
  readonly #capacity: Capacity;
  readonly #clock: () => number;
  #sweptAt: number;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
    this.#room = capacity.whenFull === 'refuse' ? undefined : new FairRoom(capacity.max);
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
   * @param owner the one whose share of the room it takes, where owners share the room
   * @returns false when there is no room, and nothing was kept
   */
  set(key: string, value: Value, until: number, owner = ''): boolean {
    // Setting the clock back must not delay the next search.
    if (Math.abs(this.#clock() - this.#sweptAt) >= SWEEP_INTERVAL_MS) this.#sweep();
    this.delete(key);
    if (!this.#hasRoomFor(owner)) return false;
    this.#entries.set(key, { value, until, holding: this.#room?.add(owner, key, 1) });
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    if (entry.holding !== undefined) this.#room?.remove(entry.holding);
  }

  /** How many entries have not expired. */
  get size(): number {
    this.#sweep();
    return this.#entries.size;
  }

  #hasRoomFor(owner: string): boolean {
    const { max, whenFull } = this.#capacity;
    if (this.#room === undefined) return this.#entries.size < max;
    if (typeof whenFull === 'object') return this.#room.leavesRoom(owner, 1, whenFull.leaveRoom);
    for (const key of this.#room.makeRoom(1)) this.#entries.delete(key);
    return true;
  }

  #sweep(): void {
    this.#sweptAt = this.#clock();
    for (const [key, { until }] of this.#entries) if (until <= this.#sweptAt) this.delete(key);
  }
}
