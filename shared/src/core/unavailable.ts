/** The error that every outage is, so that none is taken for a refusal. */

/**
 * An outage: a dependency of the service gives no usable answer now, and the caller is not to blame. Ports throw errors
 * that derive from this one. Each border answers them in its own form: as a problem (RFC 9457), or as the OAuth error
 * `temporarily_unavailable` (RFC 6749 §4.1.2.1).
 *
 * The message and the cause are for the log.
 */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable';
  /** The name of the log event. */
  readonly event: string = 'request.unavailable';
  /** What the caller is told: a sentence that does not reveal the cause. */
  readonly detail: string = 'Something that this request needs is not available now. Try again later.';
  /** How long callers should wait, in seconds; undefined when that is not known. */
  readonly retryAfterS: number | undefined = undefined;
}
