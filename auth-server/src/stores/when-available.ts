/** Starts the service as soon as its stores can be reached, so that services may start in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'shared/telemetry/logger.ts';
import { causeOf, StoreUnavailable } from '../core/store-unavailable.ts';

/** How long to wait between attempts, in milliseconds. */
const TRY_EVERY_MS = 1_000;

/**
 * Runs `start`. If the stores cannot be reached this resolves too, and tries again until `start` succeeds.
 *
 * @throws any other error of the first attempt; in a later attempt it ends the process, since nothing can work
 */
export async function whenAvailable(
  start: () => Promise<void>,
  stopping: AbortSignal,
  log: Logger,
): Promise<void> {
  let awaited: unknown;
  if (await tried()) return;
  void keepTrying();

  async function tried(): Promise<boolean> {
    try {
      await start();
      return true;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      tell(error.cause);
      return false;
    }
  }

  /** Once for each cause, and again when it has changed. */
  function tell(failure: unknown): void {
    const cause = causeOf(failure);
    // The system has a code, whichever call it was that failed.
    const kind = failure instanceof Error && 'syscall' in failure && 'code' in failure ? failure.code : cause;
    if (kind === awaited) return;
    awaited = kind;
    log.warn({ event: 'store.awaited', cause }, `waiting for the store, which cannot be used now: ${cause}`);
  }

  async function keepTrying(): Promise<void> {
    do {
      await sleep(TRY_EVERY_MS, undefined, { ref: false });
    } while (!stopping.aborted && !(await tried()));
    if (!stopping.aborted) log.info({ event: 'store.found' }, 'the store can be reached');
  }
}
