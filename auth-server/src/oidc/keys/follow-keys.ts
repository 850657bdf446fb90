/** Keeps an app on the keys that are published now, whichever replica rotated them. */
import type { Logger } from 'shared/telemetry/logger.ts';
import { follow } from '../../core/follow.ts';
import type { KeyRing } from '../../core/keys/key-ring.ts';
import { stagesOf } from './provider-keys.ts';

/** How often the keys are read, in milliseconds: much shorter than a new key waits to sign. */
const LOOK_EVERY_MS = 5_000;

/** The keys in use, as {@link stagesOf} tells them, and what puts those into use that are published now. */
export interface KeysInUse {
  stages(): string | undefined;
  change(): Promise<void>;
}

/**
 * Puts every change of the keys in use into use, until `stopping`. Keys that cannot be read are logged, and those in use stay.
 *
 * @returns reads the keys at once
 */
export function followKeys(
  ring: Pick<KeyRing, 'published'>,
  inUse: KeysInUse,
  stopping: AbortSignal,
  log: Logger,
): () => Promise<void> {
  return follow(look, {
    everyMs: LOOK_EVERY_MS,
    stopping,
    failed: (err) => log.warn({ event: 'keys.unknown', err }, 'signing keys cannot be read'),
  });

  async function look(): Promise<void> {
    const stages = stagesOf(await ring.published());
    if (stages === inUse.stages()) return;
    await inUse.change();
    log.info({ event: 'keys.changed', keys: stages.split(',') }, 'signing keys changed');
  }
}
