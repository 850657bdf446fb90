/** Keeps an app on the APIs that administrators define, whichever replica changed them. */
import type { Logger } from 'shared/telemetry/logger.ts';
import type { ApiRegistry, RegisteredApi } from '../../core/apis/api-registry.ts';
import { follow } from '../../core/follow.ts';

/** How often the registry is asked whether it has changed, in milliseconds: a replica sees a change within a second. */
const LOOK_EVERY_MS = 500;

/**
 * Resolves when the APIs of the registry are in use; from then on, until `stopping`, every change is put into use.
 *
 * @param use puts APIs into use
 * @returns reads the registry at once
 * @throws what the first read throws; later failures are logged, and the APIs in use stay
 */
export async function followApis(
  registry: Pick<ApiRegistry, 'all' | 'edition'>,
  use: (registered: RegisteredApi[]) => Promise<void>,
  stopping: AbortSignal,
  log: Logger,
): Promise<() => Promise<void>> {
  let inUse: string | undefined;
  await look();
  return follow(look, {
    everyMs: LOOK_EVERY_MS,
    stopping,
    failed: (err) => log.warn({ event: 'apis.unknown', err }, 'the APIs of the registry cannot be read'),
  });

  async function look(): Promise<void> {
    // Read before the APIs, so that a change that comes between the two is seen at the next look.
    const edition = await registry.edition();
    if (edition === inUse) return;
    const registered = await registry.all();
    await use(registered);
    if (inUse !== undefined)
      log.info({ event: 'apis.changed', apis: registered.length }, 'the APIs of the registry changed');
    inUse = edition;
  }
}
