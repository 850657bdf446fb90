/** How outages are told in HTTP and in the log. */
import type { Unavailable } from '../core/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type FaultKind, UpstreamFault } from '../upstream/fault.ts';

const statusOfFault: Record<FaultKind, number> = {
  unreachable: 503,
  unavailable: 503,
  busy: 503,
  timeout: 504,
  deadline_exceeded: 504,
  invalid_response: 502,
};

/** The status that tells of an outage (RFC 9110 §15.6): that of the kind of an upstream's fault, or else 503. */
export function statusOfOutage(outage: Unavailable): number {
  return outage instanceof UpstreamFault ? statusOfFault[outage.kind] : 503;
}

/** Writes the log line of an outage. */
export function logOutage(outage: Unavailable, log: Logger): void {
  const facts = outage instanceof UpstreamFault ? { upstream: outage.upstream, kind: outage.kind } : {};
  // What was not even asked has no cause, and there may be many of those lines: they go without the stack.
  const err = outage.cause === undefined ? undefined : outage;
  log.warn({ event: outage.event, ...facts, err }, outage.message);
}
