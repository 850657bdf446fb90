/** How often a device may ask whether its user has decided (RFC 8628 §3.5). */

/** How long a device has to wait from one poll to the next, in seconds. */
export const POLL_INTERVAL_S = 5;

/** By how much that grows with each poll that comes too early, in seconds. */
const SLOWER_BY_S = 5;

/** How much too early a poll may come, in milliseconds: the network may have delayed the one before for longer. */
const TOLERANCE_MS = 1_000;

/** What is known of the polls for one device code. */
export interface Polls {
  /** When the last one came, in milliseconds since the epoch. */
  lastMs: number;
  /** How long the device has to wait, in seconds. */
  intervalS: number;
}

/**
 * Counts a poll.
 *
 * @param before what was known until now; undefined for the first poll
 * @returns what is known now, and whether the poll came too early
 */
export function polled(before: Polls | undefined, nowMs: number): { polls: Polls; tooEarly: boolean } {
  if (before === undefined) return { polls: { lastMs: nowMs, intervalS: POLL_INTERVAL_S }, tooEarly: false };
  const { lastMs, intervalS } = before;
  const tooEarly = nowMs - lastMs < intervalS * 1_000 - TOLERANCE_MS;
  return { polls: { lastMs: nowMs, intervalS: intervalS + (tooEarly ? SLOWER_BY_S : 0) }, tooEarly };
}
