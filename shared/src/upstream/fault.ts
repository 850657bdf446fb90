/** Why an upstream gave no answer that can be used. Never a refusal: those are answers. */
import { Unavailable } from '../core/unavailable.ts';

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

export class UpstreamFault extends Unavailable {
  override readonly name = 'UpstreamFault';
  override readonly event = 'upstream.failed';
  override readonly detail: string;
  override readonly retryAfterS: number | undefined;
  readonly upstream: string;
  readonly kind: FaultKind;
  readonly repeat: 'safe' | 'repeatable' | 'pointless';
  readonly silence: boolean;

  /** @param message for the log; the caller is told only what kind of fault it is, and of what */
  constructor(upstream: string, kind: FaultKind, message: string, details: FaultDetails = {}) {
    super(message, { cause: details.cause });
    this.detail = detailOf[kind](upstream);
    this.upstream = upstream;
    this.kind = kind;
    this.repeat = details.repeat ?? 'pointless';
    this.retryAfterS = details.retryAfterS;
    this.silence = details.silence ?? false;
  }
}

const detailOf: Record<FaultKind, (upstream: string) => string> = {
  unreachable: (upstream) => `The ${upstream} cannot be reached. Try again later.`,
  unavailable: (upstream) => `The ${upstream} is not available now. Try again later.`,
  busy: (upstream) => `Too many calls of the ${upstream} are under way. Try again later.`,
  deadline_exceeded: (upstream) =>
    `The ${upstream} did not answer in the time that was left. Try again later.`,
  timeout: (upstream) => `The ${upstream} did not answer in time. Try again later.`,
  invalid_response: (upstream) => `The ${upstream} gave an answer that cannot be used.`,
};
