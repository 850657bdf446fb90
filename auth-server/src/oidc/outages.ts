/** Outages of what the library stands on, as errors that it tells its callers right. */
import { errors } from 'oidc-provider';
import { StoreFull } from '../core/artifact-store.ts';
import { HashingBusy } from '../core/passwords.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';

/** An outage as the library's error for it, with a status that says so: its own would blame the client. Any other as it is. */
export function asOutage(error: unknown): unknown {
  if (!isOutage(error)) return error;
  const outage = new errors.TemporarilyUnavailable('try again later', { cause: error });
  return Object.assign(outage, { status: 503, statusCode: 503 });
}

function isOutage(error: unknown): error is Error {
  return [StoreFull, StoreUnavailable, HashingBusy].some((kind) => error instanceof kind);
}
