import { Unavailable } from 'shared/core/unavailable.ts';

/** A store cannot be asked now: it is away, or too slow. */
export class StoreUnavailable extends Unavailable {
  override readonly name = 'StoreUnavailable';
  override readonly event = 'store.unavailable';

  /** @param cause what the store's driver said */
  constructor(cause: unknown) {
    super('the store is not available', { cause });
  }
}
