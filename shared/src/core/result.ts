/** What a use case answers. */

/**
 * The value that was asked for, or why it was refused: the name of the reason, or an object where there is more to say.
 * An outage is neither; it is thrown (see `Unavailable`).
 */
export type Result<Value, Refusal> = { ok: true; value: Value } | { ok: false; refusal: Refusal };
