/** The time that a caller waits, passed from hop to hop, so that no service works longer than its caller waits. */
import { requestContext } from '../telemetry/request-context.ts';

/** The header that says how long the caller waits, in milliseconds from sending: the clocks need not agree. */
export const TIMEOUT_HEADER = 'X-Request-Timeout-Ms';

/** The time that is kept to tell the caller that the deadline has passed, in milliseconds. */
const TELLING_MS = 25;

/** The time that is left for the current request, in milliseconds; infinite outside one. */
export function remainingMs(): number {
  const context = requestContext();
  return context ? context.deadline - performance.now() - TELLING_MS : Number.POSITIVE_INFINITY;
}
