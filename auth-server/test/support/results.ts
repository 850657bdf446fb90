/** Helpers for tests that look at results of use cases. */
import type { Result } from 'shared/core/result.ts';

/** The value of a result that must be a success; throws when it is a refusal. */
export function done<Value>(result: Result<Value, unknown>): Value {
  if (result.ok) return result.value;
  throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
}

/** The result of a use case that refuses for this reason. */
export function refused(refusal: unknown) {
  return { ok: false, refusal };
}
