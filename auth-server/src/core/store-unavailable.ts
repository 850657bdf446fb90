/** A store cannot be asked now: it is away, or too slow. An outage, which is nobody's fault who asks. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param cause what the store's driver said */
  constructor(cause: unknown) {
    super('the store is not available', { cause });
  }
}

/** What a store's driver said, in one line. */
export function causeOf(cause: unknown): string {
  // One that tried several addresses has no message of its own.
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(causeOf))].join('; ');
  const said = cause instanceof Error ? cause.message : String(cause);
  return said.replace(/\s+/g, ' ').trim();
}
