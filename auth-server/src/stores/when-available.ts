/** Starts the service as soon as its stores can be reached, so that services may start in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'shared/telemetry/logger.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';

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
  if (await tried()) return;
  log.warn({ event: 'store.awaited' }, 'the store cannot be reached: waiting for it');
  void keepTrying();

  async function tried(): Promise<boolean> {
    try {
      await start();
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }

  async function keepTrying(): Promise<void> {
    do {
      await sleep(TRY_EVERY_MS, undefined, { ref: false });
    } while (!stopping.aborted && !(await tried()));
    if (!stopping.aborted) log.info({ event: 'store.found' }, 'the store can be reached');
  }
}
