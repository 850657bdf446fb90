/** What a use case answers. */

/**
 * The value that was asked for, or the reason for refusing it: its name, or an object that says more. An outage is
 * neither: it is thrown as `Unavailable`.
 */
export type Result<Value, Refusal> = { ok: true; value: Value } | { ok: false; refusal: Refusal };
