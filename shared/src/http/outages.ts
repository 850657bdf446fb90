/** Maps outages to log lines. */
import type { Unavailable } from '../core/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { UpstreamFault } from '../upstream/fault.ts';

/** Writes the log line of an outage. */
export function logOutage(outage: Unavailable, log: Logger): void {
  const facts = outage instanceof UpstreamFault ? { upstream: outage.upstream, kind: outage.kind } : {};
  // A call that was never made has no cause. There may be many such lines, so they leave out the stack.
  const err = outage.cause === undefined ? undefined : outage;
  log.warn({ event: outage.event, ...facts, err }, outage.message);
}
