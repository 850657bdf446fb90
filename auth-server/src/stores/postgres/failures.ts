/** What failures of PostgreSQL and its driver mean: an outage, a refusal that no waiting mends, or a mistake of ours. */
import { DatabaseError } from 'pg';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { causeOf, StoreUnavailable } from '../../core/store-unavailable.ts';

/**
 * Codes by which the server says that it cannot now, whatever it was asked (PostgreSQL, appendix A): its connections
 * (08), its resources (53), an operator or a timeout (57, 25P03, 25P04), its disk (58), a standby that does not write
 * (25006), transactions in each other's way (40001, 40P01, 55P03).
 */
const PASSES = /^(?:08|53|57|58)|^(?:25006|25P03|25P04|40001|40P01|55P03)$/;

/** Codes by which it says that it does not let us in: with this user or password (28), to this database (3D000). */
const NOT_LET_IN = /^28|^3D000$/;

/** So PgBouncer says it, with the one code (08P01) that it has for everything. */
const NOT_LET_IN_BY_POOLER = /authentication failed|does not exist|no such (?:user|database)|unsupported/;

/** The code by which it says that this user may not do what it was asked (insufficient_privilege). */
const MAY_NOT = /^42501$/;

/** Codes after which a connection is of no use: the server ends it, or is not the one that writes any more. */
const ENDS_CONNECTION = /^(?:08|28|57P)|^(?:25006|25P03|25P04|3D000)$/;

/** What the driver and the query library say of a connection that is gone or takes too long; these errors have no code. */
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (?:has encountered a connection error|was closed) and is not queryable|Postgres connection has been discarded)/;

/** The server that answers only reads, as a standby does. During a failover that passes. */
export class ServerIsReadOnly extends Error {
  override readonly name = 'ServerIsReadOnly';

  constructor() {
    super('the server takes no writes: it is a standby, or read-only');
  }
}

/** A failure as the stores tell it: an outage as {@link StoreUnavailable}, and any other as it is. */
export function asStoreFailure(failure: unknown): unknown {
  return passes(failure) || NOT_LET_IN.test(codeOf(failure)) ? new StoreUnavailable(failure) : failure;
}

/**
 * A failure at the start of the service or of a command as its operator is told it: what waiting cannot mend, such as
 * a wrong password, as a {@link StartupFault}, and any other as it is.
 */
export function asStartFailure(failure: unknown): unknown {
  const refusal = failure instanceof StoreUnavailable ? failure.cause : failure;
  const isFault = failure instanceof StoreUnavailable ? !passes(refusal) : MAY_NOT.test(codeOf(refusal));
  return isFault
    ? new StartupFault([`DATABASE_URL: the database cannot be used: ${causeOf(refusal)}`])
    : failure;
}

/** Whether a connection can be used no more after a failure: all of them, but for what the server itself says. */
export function isConnectionLost(failure: unknown): boolean {
  if (!(failure instanceof DatabaseError)) return true;
  return failure.severity === 'FATAL' || ENDS_CONNECTION.test(codeOf(failure));
}

/** Whether the server has told by a failure that it is not the one that writes. */
export function saysReadOnly(failure: unknown): boolean {
  return codeOf(failure) === '25006';
}

/** Whether a transaction was undone only since it got in another's way, and may be run again from its start. */
export function isConflict(failure: unknown): boolean {
  return /^(?:40001|40P01)$/.test(codeOf(failure instanceof StoreUnavailable ? failure.cause : failure));
}

/** Whether it may be over when one has waited. */
function passes(failure: unknown): boolean {
  if (failure instanceof DatabaseError) {
    const code = codeOf(failure);
    return PASSES.test(code) && !(code === '08P01' && NOT_LET_IN_BY_POOLER.test(failure.message));
  }
  if (!(failure instanceof Error)) return false;
  // The system names the call that failed, or has an error for each address that was tried.
  const ofSystem = 'syscall' in failure || failure instanceof AggregateError;
  return ofSystem || failure instanceof ServerIsReadOnly || LOST.test(failure.message);
}

function codeOf(failure: unknown): string {
  return (failure instanceof DatabaseError && failure.code) || '';
}
