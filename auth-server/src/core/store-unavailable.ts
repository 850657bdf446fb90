/** A store cannot be asked now: it is away, or too slow. An outage, which is nobody's fault who asks. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param cause what the store's driver said */
  constructor(cause: unknown) {
    super('the store is not available', { cause });
  }
}
