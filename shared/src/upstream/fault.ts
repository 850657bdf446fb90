/** Why an upstream gave no usable answer. A refusal is a usable answer and never a fault. */
import { Unavailable } from '../core/unavailable.ts';

/**
 * `unreachable`: no answer came; `unavailable`: it answered that it cannot serve now, or the breaker is open; `busy`:
 * too many calls wait for it already; `timeout`: it was too slow; `deadline_exceeded`: our caller's time was over
 * first; `invalid_response`: its answer cannot be understood.
 */
export type FaultKind =
  | 'unreachable'
  | 'unavailable'
  | 'busy'
  | 'timeout'
  | 'deadline_exceeded'
  | 'invalid_response';

/** What is known about a fault besides its kind. */
interface FaultDetails {
  cause?: unknown;
  /**
   * Whether a repeat may help: `safe` for any call, since the upstream never got it; only for a `repeatable` call; or
   * `pointless`, the default.
   */
  repeat?: 'safe' | 'repeatable' | 'pointless';
  /** How long the upstream asks callers to wait, in seconds. */
  retryAfterS?: number | undefined;
  /** Whether nothing came although the upstream had its full time: a sign that it is down. */
  silence?: boolean;
}

/** An outage of an upstream. Its text for the caller names the upstream and the kind, never the cause. */
export class UpstreamFault extends Unavailable {
  override readonly name = 'UpstreamFault';
  override readonly event = 'upstream.failed';
  override readonly detail: string;
  override readonly retryAfterS: number | undefined;
  readonly upstream: string;
  readonly kind: FaultKind;
  readonly repeat: 'safe' | 'repeatable' | 'pointless';
  readonly silence: boolean;

  /** @param message for the log only */
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
