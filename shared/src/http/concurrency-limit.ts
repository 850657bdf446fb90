/**
 * How many requests may be under way at a time: many, until more come than can be answered; then as few as keep them fast.
 *
 * Under overload the law is additive increase, multiplicative decrease (Chiu and Jain, "Analysis of the increase and decrease
 * algorithms for congestion avoidance", 1989), with the time of an answer as its signal. It begins with the first refusal, and
 * ends when nobody was refused for a while: otherwise a crowd that could all be answered would be refused.
 */

/** The most at any time. So many may wait for their turn while all of them are answered. */
const MOST = 64;

/** The fewest: so many at once are not what makes answers slow. */
const FEWEST = 2;

/** How slow an answer may become under overload, as a multiple of what it takes when there is nothing else to do. */
const SLOWDOWN = 1.5;

/** What an answer is taken to need until it is known, in milliseconds. */
const FIRST_GUESS_MS = 5;

/** How much one answer changes what is known of the time that an answer needs: a slow one less, which had to wait. */
const SMOOTHING = { faster: 0.05, slower: 0.005 };

/** What is left of the limit when an answer was slow. */
const DECREASE = 0.5;

/** How long nobody may have been refused until the overload counts as over, in milliseconds. */
const CALM_MS = 1_000;

/** Lets requests in, and learns from how long their answers take. Times are in milliseconds of one clock that goes on steadily. */
export class ConcurrencyLimit {
  #inFlight = 0;
  /** Whether those under way, or the last of them, had no other beside them. */
  #alone = true;
  #usualMs = FIRST_GUESS_MS;
  #limit = MOST;
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** How many of those under way were let in before the limit was lowered, so that their answers do not tell of the lower one. */
  #letInBefore = 0;

  /** Whether one more request has to be refused. */
  isFull(now: number): boolean {
    if (this.#limit < MOST && now - this.#refusedAt > CALM_MS) this.#limit = MOST;
    if (this.#inFlight < this.#limit) return false;
    // The many that are under way are more than can be answered fast; the few are found from below.
    if (this.#limit === MOST) this.#limit = FEWEST;
    this.#refusedAt = now;
    return true;
  }

  /** Whether one more request may be answered; if so, {@link leave} must follow. */
  enter(now: number): boolean {
    if (this.isFull(now)) return false;
    this.#alone = this.#inFlight === 0;
    this.#inFlight += 1;
    return true;
  }

  /** Notes that a request that was let in is answered, and how long that took. */
  leave(tookMs: number): void {
    this.#inFlight -= 1;
    // Under overload too, where it is rare: answers that became slow for another reason are then no sign of it.
    if (this.#inFlight === 0 && this.#alone) this.#learnUsual(tookMs);
    if (this.#limit < MOST) this.#adapt(tookMs);
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  #learnUsual(tookMs: number): void {
    this.#usualMs += SMOOTHING[tookMs < this.#usualMs ? 'faster' : 'slower'] * (tookMs - this.#usualMs);
  }

  /** One more in the time of as many answers as are let in, while they are fast; fewer at once when one is slow. */
  #adapt(tookMs: number): void {
    if (this.#letInBefore > 0) {
      this.#letInBefore -= 1;
    } else if (tookMs > SLOWDOWN * this.#usualMs) {
      this.#limit = Math.max(FEWEST, this.#limit * DECREASE);
      this.#letInBefore = this.#inFlight;
    } else {
      this.#limit = Math.min(MOST - 1, this.#limit + 1 / this.#limit);
    }
  }
}
