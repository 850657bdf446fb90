/** A fair queue: work is done a few at a time, and callers take turns. */

export interface FairQueueOptions {
  /** How much is done at once. */
  atOnce: number;
  /** How much more waits. */
  maxWaiting: number;
  /** How much of that may be one caller's. */
  maxEach: number;
  /** The error for work that finds no place, or loses the one that it had. */
  full: () => Error;
}

/** Does work when its turn comes. */
export type FairQueue = <Result>(caller: string, work: () => Promise<Result>) => Promise<Result>;

interface Turn {
  begin(): void;
  sendAway(): void;
}

/**
 * No caller can keep another out, however often it comes: it has a share of the places only; and while the queue is full, the
 * caller with the most places gives up its last one to whoever has fewer.
 */
export function fairQueue({ atOnce, maxWaiting, maxEach, full }: FairQueueOptions): FairQueue {
  /** In the order of their turns, and no caller without one. */
  const waiting = new Map<string, Turn[]>();
  let length = 0;
  let underWay = 0;

  return async function inTurn(caller, work) {
    if (underWay < atOnce) underWay += 1;
    else await turnOf(caller);
    try {
      return await work();
    } finally {
      next();
    }
  };

  function turnOf(caller: string): Promise<void> {
    const own = waiting.get(caller) ?? [];
    if (own.length >= maxEach || (length >= maxWaiting && !makeRoom(own.length))) throw full();
    return new Promise((begin, reject) => {
      own.push({ begin, sendAway: () => reject(full()) });
      waiting.set(caller, own);
      length += 1;
    });
  }

  /** Whether a caller with so many places got another one, from one who still has more than that. */
  function makeRoom(places: number): boolean {
    const [greediest] = [...waiting].sort(([, a], [, b]) => b.length - a.length);
    if (greediest === undefined || greediest[1].length <= places + 1) return false;
    greediest[1].pop()?.sendAway();
    length -= 1;
    return true;
  }

  /** Hands the place of what is done to the next caller, whose other turns come after those of all others. */
  function next(): void {
    const [first] = waiting;
    if (first === undefined) {
      underWay -= 1;
      return;
    }
    const [caller, turns] = first;
    waiting.delete(caller);
    const turn = turns.shift();
    if (turns.length > 0) waiting.set(caller, turns);
    length -= 1;
    turn?.begin();
  }
}
