/** Results of use cases, as tests look at them. */
import type { Result } from 'shared/core/result.ts';

/** What was asked for; throws when it was refused. */
export function done<Value>(result: Result<Value, unknown>): Value {
  if (result.ok) return result.value;
  throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
}

/** The result of what is refused for this reason. */
export function refused(refusal: unknown) {
  return { ok: false, refusal };
}
