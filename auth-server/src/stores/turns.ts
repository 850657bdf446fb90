/** Work that is done so much at a time, with a short line of who waits for it. */
import { HashingBusy } from '../core/users/password-hasher.ts';

/** Does work when it is its turn, or rejects with {@link HashingBusy} at once when too many wait. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function turns(atOnce: number, maxWaiting: number): InTurn {
  const waiting: (() => void)[] = [];
  let underWay = 0;

  return async function inTurn(work) {
    if (underWay === atOnce) {
      if (waiting.length >= maxWaiting) throw new HashingBusy();
      // Whoever finishes leaves their place to the first.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      underWay += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else underWay -= 1;
    }
  };
}
