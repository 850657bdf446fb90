/** What a failure of PostgreSQL or its driver means: an outage, a refusal that waiting cannot mend, or our mistake. */
import { DatabaseError } from 'pg';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { causeOf, StoreUnavailable } from '../../core/store-unavailable.ts';

/**
 * Codes for failures that pass, whatever the statement was (PostgreSQL, appendix A): lost connections (08), too few
 * resources (53), an operator or a timeout (57, 25P03, 25P04), the disk (58), a standby that takes no writes (25006),
 * and transactions in each other's way (40001, 40P01, 55P03).
 */
const PASSES = /^(?:08|53|57|58)|^(?:25006|25P03|25P04|40001|40P01|55P03)$/;

/** Codes of a server that does not let us in: with this user or password (28), or to this database (3D000). */
const NOT_LET_IN = /^28|^3D000$/;

/** What PgBouncer says when it does not let us in; it has one code (08P01) for everything. */
const NOT_LET_IN_BY_POOLER = /authentication failed|does not exist|no such (?:user|database)|unsupported/;

/** The code when our user may not run a statement (insufficient_privilege). */
const MAY_NOT = /^42501$/;

/** Codes after which a connection is useless: the server ends it, or takes no writes any more. */
const ENDS_CONNECTION = /^(?:08|28|57P)|^(?:25006|25P03|25P04|3D000)$/;

/** What the driver and the query library say when a connection is lost or takes too long; these errors have no code. */
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (?:has encountered a connection error|was closed) and is not queryable|Postgres connection has been discarded)/;

/** The server answers only reads, as a standby does. During a failover that passes. */
export class ServerIsReadOnly extends Error {
  override readonly name = 'ServerIsReadOnly';

  constructor() {
    super('the server takes no writes: it is a standby, or read-only');
  }
}

/** The error that a store throws for a failure: {@link StoreUnavailable} for an outage, and else the failure itself. */
export function asStoreFailure(failure: unknown): unknown {
  return passes(failure) || NOT_LET_IN.test(codeOf(failure)) ? new StoreUnavailable(failure) : failure;
}

/**
 * The error that the start of the service or of a command throws for a failure: a {@link StartupFault} if waiting
 * cannot mend it, such as a wrong password, and else the failure itself.
 */
export function asStartFailure(failure: unknown): unknown {
  const refusal = failure instanceof StoreUnavailable ? failure.cause : failure;
  const isFault = failure instanceof StoreUnavailable ? !passes(refusal) : MAY_NOT.test(codeOf(refusal));
  return isFault
    ? new StartupFault([`DATABASE_URL: the database cannot be used: ${causeOf(refusal)}`])
    : failure;
}

/** Whether a failure makes a connection useless. Most errors that the server itself reports do not. */
export function isConnectionLost(failure: unknown): boolean {
  if (!(failure instanceof DatabaseError)) return true;
  return failure.severity === 'FATAL' || ENDS_CONNECTION.test(codeOf(failure));
}

/** Whether a failure says that the server takes no writes. */
export function saysReadOnly(failure: unknown): boolean {
  return codeOf(failure) === '25006';
}

/** Whether a transaction was undone only because it got in another's way, and may be run again from its start. */
export function isConflict(failure: unknown): boolean {
  return /^(?:40001|40P01)$/.test(codeOf(failure instanceof StoreUnavailable ? failure.cause : failure));
}

/** Whether waiting may mend a failure. */
function passes(failure: unknown): boolean {
  if (failure instanceof DatabaseError) {
    const code = codeOf(failure);
    return PASSES.test(code) && !(code === '08P01' && NOT_LET_IN_BY_POOLER.test(failure.message));
  }
  if (!(failure instanceof Error)) return false;
  // An error of the system names the call that failed, or holds an error for each address that was tried.
  const ofSystem = 'syscall' in failure || failure instanceof AggregateError;
  return ofSystem || failure instanceof ServerIsReadOnly || LOST.test(failure.message);
}

function codeOf(failure: unknown): string {
  return (failure instanceof DatabaseError && failure.code) || '';
}
