/** Keeps an app on the keys that are published now, whoever rotated them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'shared/telemetry/logger.ts';
import type { KeyRing, StagedKey } from '../../core/keys/key-ring.ts';

/** How often the keys are looked at, in milliseconds: much more often than a new key waits to sign. */
const LOOK_EVERY_MS = 5_000;

/**
 * Resolves when the first keys are in use; from then on, until `stopping`, each change is.
 *
 * @param use puts keys into use
 * @throws what the first look throws; later failures are logged, and the keys in use stay
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

  /** One look after the other: each of them may change what is in use. */
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
      await look().catch((err) =>
        log.warn({ event: 'keys.unknown', err }, 'signing keys cannot be looked up'),
      );
    }
  }
}
