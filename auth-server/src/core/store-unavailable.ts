/** The outage of a store. */
import { Unavailable } from 'shared/core/unavailable.ts';

/** A store cannot be used now: it cannot be reached, or it is too slow. */
export class StoreUnavailable extends Unavailable {
  override readonly name = 'StoreUnavailable';
  override readonly event = 'store.unavailable';

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
