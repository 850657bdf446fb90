/** Maps outages to HTTP statuses. */
import type { Unavailable } from '../core/unavailable.ts';
import { type FaultKind, UpstreamFault } from './fault.ts';

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
