/** Decides whether and when a failed call is repeated. */
import type { UpstreamFault } from './fault.ts';

/** The longest pause before a repeat, in milliseconds. When the upstream asks for a longer one, the caller is told. */
const MAX_PAUSE_MS = 300;

/** The repeats that each call earns: they add at most a tenth to the load of an upstream in trouble. */
const REPEATS_PER_CALL = 0.1;

/** How many earned repeats are saved up. */
const MAX_SAVED_REPEATS = 10;

/** The budget of repeats for one upstream. */
export class Retries {
  #saved = MAX_SAVED_REPEATS;

  /** Adds what one call earns. */
  earn(): void {
    this.#saved = Math.min(MAX_SAVED_REPEATS, this.#saved + REPEATS_PER_CALL);
  }

  /**
   * How long to wait before the one repeat of a call, in milliseconds; undefined when it must not be repeated.
   *
   * @param repeatable whether the call may happen twice
   */
  pauseAfter({ repeat, retryAfterS = 0 }: UpstreamFault, repeatable: boolean): number | undefined {
    if (repeat === 'pointless' || (repeat === 'repeatable' && !repeatable)) return undefined;
    // With jitter, so that calls that failed together are not repeated together.
    const pause = retryAfterS * 1_000 + 20 + Math.random() * 80;
    if (pause > MAX_PAUSE_MS || this.#saved < 1) return undefined;
    this.#saved -= 1;
    return pause;
  }
}
