/** Keeps an app on the keys that are published now, whichever replica rotated them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'shared/telemetry/logger.ts';
import type { KeyRing, StagedKey } from '../../core/keys/key-ring.ts';

/** How often the keys are read, in milliseconds: much shorter than a new key waits to sign. */
const LOOK_EVERY_MS = 5_000;

/**
 * Resolves when the first keys are in use; from then on, until `stopping`, every change is put into use.
 *
 * @param use puts keys into use
 * @param everyMs how often the keys are read, in milliseconds
 * @returns reads the keys at once
 * @throws what the first read throws; later failures are logged, and the keys in use stay
 */
export async function followKeys(
  ring: KeyRing,
  use: (published: StagedKey[]) => Promise<void>,
  stopping: AbortSignal,
  log: Logger,
  everyMs = LOOK_EVERY_MS,
): Promise<() => Promise<void>> {
  let inUse = '';
  let last: Promise<void> = Promise.resolve();
  await look();
  void keepLooking();
  return look;

  /** Looks never overlap, because each may change the keys in use. */
  function look(): Promise<void> {
    const next = last.then(async () => {
      const published = await ring.published();
      const stages = published.map(({ key, stage }) => `${key.kid} ${stage}`).join();
      if (stages === inUse) return;
      await use(published);
      if (inUse !== '') log.info({ event: 'keys.changed', keys: stages.split(',') }, 'signing keys changed');
      inUse = stages;
    });
    last = next.catch(() => {});
    return next;
  }

  async function keepLooking(): Promise<void> {
    const waited = () => sleep(everyMs, true, { signal: stopping, ref: false }).catch(() => false);
    while (await waited()) {
      await look().catch((err) => log.warn({ event: 'keys.unknown', err }, 'signing keys cannot be read'));
    }
  }
}
