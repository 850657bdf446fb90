/** Why an upstream gave no answer that can be used. Never a refusal: those are answers. */

/**
 * `unreachable`: no answer came; `unavailable`: it said that it cannot answer now, or is known not to answer;
 * `busy`: so many calls of it wait here already that one more would not be served; `timeout`: too slow;
 * `deadline_exceeded`: the caller did not wait long enough for one; `invalid_response`: not understood.
 */
export type FaultKind =
  | 'unreachable'
  | 'unavailable'
  | 'busy'
  | 'timeout'
  | 'deadline_exceeded'
  | 'invalid_response';

/** What is known of a fault besides its kind. */
interface FaultDetails {
  cause?: unknown;
  /**
   * What a repeat would be: `safe`, since the upstream never got the call; fine for a call that is `repeatable`;
   * or `pointless`, which is the default.
   */
  repeat?: 'safe' | 'repeatable' | 'pointless';
  /** How long the upstream asks to be left alone, in seconds. */
  retryAfterS?: number | undefined;
  /** Whether it is a sign that the upstream is down: it was given its time, and nothing came. */
  silence?: boolean;
}

export class UpstreamFault extends Error {
  readonly upstream: string;
  readonly kind: FaultKind;
  readonly repeat: 'safe' | 'repeatable' | 'pointless';
  readonly retryAfterS: number | undefined;
  readonly silence: boolean;

  /** @param message for the log; the caller is told only what kind of fault it is, and of what */
  constructor(upstream: string, kind: FaultKind, message: string, details: FaultDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'UpstreamFault';
    this.upstream = upstream;
    this.kind = kind;
    this.repeat = details.repeat ?? 'pointless';
    this.retryAfterS = details.retryAfterS;
    this.silence = details.silence ?? false;
  }
}
