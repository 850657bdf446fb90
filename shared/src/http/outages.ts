/** Maps outages to HTTP statuses and log lines. */
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

/** The status of an outage (RFC 9110 §15.6): by its kind for a fault of an upstream, otherwise 503. */
export function statusOfOutage(outage: Unavailable): number {
  return outage instanceof UpstreamFault ? statusOfFault[outage.kind] : 503;
}

/** Writes the log line of an outage. */
export function logOutage(outage: Unavailable, log: Logger): void {
  const facts = outage instanceof UpstreamFault ? { upstream: outage.upstream, kind: outage.kind } : {};
  // A call that was never made has no cause. There may be many such lines, so they leave out the stack.
  const err = outage.cause === undefined ? undefined : outage;
  log.warn({ event: outage.event, ...facts, err }, outage.message);
}
