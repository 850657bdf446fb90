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
