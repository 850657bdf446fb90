/** The time that a caller waits, handed from hop to hop, so that none works longer than its caller waits. */
import { requestContext } from '../telemetry/request-context.ts';

/** How long the caller waits, in milliseconds from when it sent the request: no clocks need to agree. */
export const TIMEOUT_HEADER = 'X-Request-Timeout-Ms';

/** The time it takes to tell a caller that there was not enough of it, in milliseconds. */
const TELLING_MS = 25;

/** What is left of the time for the request being answered, in milliseconds; endless outside one. */
export function remainingMs(): number {
  const context = requestContext();
  return context ? context.deadline - performance.now() - TELLING_MS : Number.POSITIVE_INFINITY;
}
