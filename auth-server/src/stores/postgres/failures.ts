/** Which failures of PostgreSQL and its driver are outages. */
import { DatabaseError } from 'pg';
import { StoreUnavailable } from '../../core/store-unavailable.ts';

/**
 * Codes by which the server says that it cannot now, whatever it was asked (PostgreSQL, appendix A): its connections
 * (08), its resources (53), an operator or a timeout (57), its disk (58), a standby that does not write (25006), a
 * deadlock (40P01).
 */
const OUTAGE = /^(?:08|53|57|58)|^25006$|^40P01$/;

/** What the driver and the query library say of a connection that is gone or takes too long; these errors have no code. */
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (?:has encountered a connection error|was closed) and is not queryable|Postgres connection has been discarded)/;

/** A failure as the stores tell it: an outage as {@link StoreUnavailable}, and any other as it is. */
export function asStoreFailure(failure: unknown): unknown {
  return isOutage(failure) ? new StoreUnavailable(failure) : failure;
}

/** Whether a connection can be used no more after a failure: all of them, but for what the server itself says. */
export function isConnectionLost(failure: unknown): boolean {
  return !(failure instanceof DatabaseError) || failure.severity === 'FATAL';
}

function isOutage(failure: unknown): boolean {
  if (failure instanceof DatabaseError) return OUTAGE.test(failure.code ?? '');
  if (!(failure instanceof Error)) return false;
  // The system names the call that failed, or has an error for each address that was tried.
  return 'syscall' in failure || failure instanceof AggregateError || LOST.test(failure.message);
}
