/** The port to whatever keeps what belongs together as a whole, or not at all. */

/**
 * Runs work whose writes are kept all together, or none of them: when it throws, or `keep` says no at its end. Within a
 * unit, another is a part of it, and the outer one decides.
 *
 * @throws {StoreUnavailable} when they could not be kept
 */
export type UnitOfWork = <T>(work: () => Promise<T>, keep?: () => boolean) => Promise<T>;
