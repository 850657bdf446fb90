/** Looks again and again at what other replicas may change. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How to follow something. */
export interface Following {
  /** How often to look, in milliseconds. */
  everyMs: number;
  stopping: AbortSignal;
  /** Is told of a look that failed, once for all that fail in a row. */
  failed(error: unknown): void;
}

/**
 * Looks again and again, until `stopping`. Looks never overlap, because each may change what is in use.
 *
 * @returns looks at once
 */
export function follow(
  look: () => Promise<void>,
  { everyMs, stopping, failed }: Following,
): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  void keepLooking();
  return lookNow;

  function lookNow(): Promise<void> {
    const next = last.then(look);
    last = next.catch(() => {});
    return next;
  }

  async function keepLooking(): Promise<void> {
    const waited = () => sleep(everyMs, true, { signal: stopping, ref: false }).catch(() => false);
    let isFailing = false;
    while (await waited()) {
      await lookNow().then(
        () => {
          isFailing = false;
        },
        (error: unknown) => {
          if (!isFailing) failed(error);
          isFailing = true;
        },
      );
    }
  }
}
