/** What every outage is, so that none is ever taken for a refusal. */

/**
 * Something that a service depends on gives no answer that can be used now: an outage, and never the fault of whoever
 * asks. Ports throw errors that derive from this one. Each border tells of them in its own form: as a problem
 * (RFC 9457), or as the OAuth error `temporarily_unavailable` (RFC 6749 §4.1.2.1).
 *
 * The message and the cause are for the log.
 */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable';
  /** The log event that tells of it. */
  readonly event: string = 'request.unavailable';
  /** What the caller is told: a sentence that says nothing of the cause. */
  readonly detail: string = 'What this needs is not available now. Try again later.';
  /** How long it asks to be left alone, in seconds; undefined when it does not say. */
  readonly retryAfterS: number | undefined = undefined;
}
