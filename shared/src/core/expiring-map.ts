/** Values in memory that are each kept until a time of their own, and no more of them than there is room for. */
import { FairRoom, type Holding } from './fair-room.ts';

/** The least time between two searches for entries that are over, in milliseconds. */
const SWEEP_INTERVAL_MS = 1_000;

interface Entry<Value> {
  value: Value;
  until: number;
  holding: Holding;
}

export interface Capacity {
  /** The most entries that are kept. */
  max: number;
  /**
   * What happens to one more: it is refused, or the oldest of whoever has the most make room for it. To leave room for others,
   * an owner is refused who has that part of as many as are still free.
   */
  whenFull: 'refuse' | 'drop oldest' | { leaveRoom: number };
  /** In milliseconds since the epoch. */
  clock?: () => number;
}

/** A map of entries that are over at a time. It has no timer: what is over is dropped when something is added. */
export class ExpiringMap<Value> {
  /** In order of age, since a Map keeps the order in which its entries were made. */
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #room: FairRoom;
  readonly #capacity: Capacity;
  readonly #clock: () => number;
  #sweptAt: number;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
    this.#room = new FairRoom(capacity.max);
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
   * @param owner whom it is counted for, where owners share the room
   * @returns false when there is no room, and nothing was kept
   */
  set(key: string, value: Value, until: number, owner = ''): boolean {
    // A clock that is set back must not put off the next search.
    if (Math.abs(this.#clock() - this.#sweptAt) >= SWEEP_INTERVAL_MS) this.#sweep();
    this.delete(key);
    if (!this.#hasRoomFor(owner)) return false;
    this.#entries.set(key, { value, until, holding: this.#room.add(owner, key, 1) });
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#room.remove(entry.holding);
  }

  /** How many are kept that are not over. */
  get size(): number {
    this.#sweep();
    return this.#entries.size;
  }

  #hasRoomFor(owner: string): boolean {
    const { max, whenFull } = this.#capacity;
    if (whenFull === 'refuse') return this.#entries.size < max;
    if (whenFull !== 'drop oldest') return this.#room.leavesRoom(owner, 1, whenFull.leaveRoom);
    for (const key of this.#room.makeRoom(1)) this.#entries.delete(key);
    return true;
  }

  #sweep(): void {
    this.#sweptAt = this.#clock();
    for (const [key, { until }] of this.#entries) if (until <= this.#sweptAt) this.delete(key);
  }
}
