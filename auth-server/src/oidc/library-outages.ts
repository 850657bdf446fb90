/** Outages of what the library stands on, as errors that it tells its callers right. */
import { errors } from 'oidc-provider';
import { StoreFull } from '../core/grants/artifact-store.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import { HashingBusy } from '../core/users/password-hasher.ts';

/** An outage as the library's error for it, with a status that says so: its own would blame the client. Any other as it is. */
export function asOutage(error: unknown): unknown {
  if (!isOutage(error)) return error;
  const outage = new errors.TemporarilyUnavailable('try again later', { cause: error });
  return Object.assign(outage, { status: 503, statusCode: 503 });
}

/** What a promise resolves with; an outage that rejects it as the library's error. */
export async function tellingOutages<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw asOutage(error);
  }
}

function isOutage(error: unknown): error is Error {
  return [StoreFull, StoreUnavailable, HashingBusy].some((kind) => error instanceof kind);
}
