/** Whether a call that failed is made once more, and when. */
import type { UpstreamFault } from './fault.ts';

/** The longest pause before a repeat, in milliseconds. Who asks for a longer one is left alone, and the caller told. */
const MAX_PAUSE_MS = 300;

/** Repeats that a call earns, so that they add a tenth to the load of an upstream in trouble at most. */
const REPEATS_PER_CALL = 0.1;

/** How many repeats may come at once after a time without any. */
const MAX_SAVED_REPEATS = 10;

/** The repeats of the calls of one upstream. */
export class Retries {
  #saved = MAX_SAVED_REPEATS;

  /** Notes that a call is made. */
  earn(): void {
    this.#saved = Math.min(MAX_SAVED_REPEATS, this.#saved + REPEATS_PER_CALL);
  }

  /**
   * How long to wait before the one repeat of a call, in milliseconds; undefined when it is not to be repeated.
   *
   * @param repeatable whether the call may happen twice
   */
  pauseAfter({ repeat, retryAfterS = 0 }: UpstreamFault, repeatable: boolean): number | undefined {
    if (repeat === 'pointless' || (repeat === 'repeatable' && !repeatable)) return undefined;
    // With jitter, so that those who failed together do not come back together.
    const pause = retryAfterS * 1_000 + 20 + Math.random() * 80;
    if (pause > MAX_PAUSE_MS || this.#saved < 1) return undefined;
    this.#saved -= 1;
    return pause;
  }
}
