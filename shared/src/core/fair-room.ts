/** Room that owners share, in which whoever takes much crowds out themselves and nobody else. */

/** What one owner holds. */
interface Share {
  readonly owner: string;
  size: number;
  /** What may be dropped, the oldest first. */
  readonly droppable: Set<Holding>;
  /** The rank that the share is listed in; undefined while nothing of it may be dropped. */
  rank: number | undefined;
}

/** One thing that an owner holds. */
export interface Holding {
  readonly key: string;
  readonly size: number;
  readonly share: Share;
}

export class FairRoom {
  readonly #limit: number;
  readonly #shares = new Map<string, Share>();
  /** Lists each share by the power of two of its size: those in the highest rank hold the most, or half as much. */
  readonly #ranks: Set<Share>[] = [];
  #used = 0;
  #kept = 0;

  /** @param limit how much fits, in the unit of all sizes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether so much fits when all is dropped that may be. */
  fits(size: number): boolean {
    return this.#kept + size <= this.#limit;
  }

  /**
   * Whether an owner who takes so much more has no more than a part of what is then still free: as long as few owners take
   * all that they may, there is room for another.
   */
  leavesRoom(owner: string, size: number, part: number): boolean {
    const held = this.#shares.get(owner)?.size ?? 0;
    return size <= 0 || held + size <= part * (this.#limit - this.#used - size);
  }

  /** Takes room for one thing more, whether or not there is any. */
  add(owner: string, key: string, size: number): Holding {
    const share = this.#shares.get(owner) ?? { owner, size: 0, droppable: new Set(), rank: undefined };
    this.#shares.set(owner, share);
    const holding = { key, size, share };
    share.droppable.add(holding);
    this.#resize(share, size);
    return holding;
  }

  remove(holding: Holding): void {
    const { share, size } = holding;
    if (!share.droppable.delete(holding)) this.#kept -= size;
    this.#resize(share, -size);
  }

  /** From now on this may not be dropped. */
  keep(holding: Holding): void {
    if (!holding.share.droppable.delete(holding)) return;
    this.#kept += holding.size;
    this.#list(holding.share);
  }

  /**
   * Drops the oldest of whoever holds the most until so much fits. A hundredth goes at once: each search for the oldest
   * passes by all that were dropped lately.
   *
   * @returns the keys of what was dropped
   */
  makeRoom(size: number): string[] {
    const dropped: string[] = [];
    if (this.#used + size <= this.#limit) return dropped;
    const most = this.#limit - Math.max(size, Math.ceil(this.#limit / 100));
    for (let share = this.#largest(); share && this.#used > most; share = this.#largest()) {
      const { rank } = share;
      for (const holding of share.droppable) {
        this.remove(holding);
        dropped.push(holding.key);
        if (this.#used <= most || share.rank !== rank) break;
      }
    }
    return dropped;
  }

  #largest(): Share | undefined {
    return this.#ranks
      .findLast((shares) => shares.size > 0)
      ?.values()
      .next().value;
  }

  #resize(share: Share, change: number): void {
    share.size += change;
    this.#used += change;
    this.#list(share);
    if (share.size === 0) this.#shares.delete(share.owner);
  }

  #list(share: Share): void {
    const rank = share.droppable.size === 0 ? undefined : Math.floor(Math.log2(share.size));
    if (rank === share.rank) return;
    if (share.rank !== undefined) this.#ranks[share.rank]?.delete(share);
    share.rank = rank;
    if (rank === undefined) return;
    while (this.#ranks.length <= rank) this.#ranks.push(new Set());
    this.#ranks[rank]?.add(share);
  }
}
