/** Has a service read its settings again on SIGHUP, as daemons do. */
import { closeSync, openSync } from 'node:fs';
import { StartupFault } from '../config/startup-fault.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/**
 * Reloads on each SIGHUP, one after the other. The signal also comes when the terminal is closed that the service was started
 * in; that stops the service, as without this.
 *
 * @param reload throws a {@link StartupFault} when it has put nothing into use
 */
export function reloadOnHangup(
  reload: () => Promise<void>,
  { log, report }: Pick<Telemetry, 'log' | 'report'>,
  stop: () => void,
): void {
  const wasInTerminal = hasTerminal();
  let last: Promise<void> = Promise.resolve();
  process.on('SIGHUP', () => {
    if (wasInTerminal && !hasTerminal()) stop();
    else last = last.then(reloaded);
  });

  async function reloaded(): Promise<void> {
    try {
      await reload();
      log.info({ event: 'settings.reloaded' }, 'the files of the settings are read again and in force');
    } catch (err) {
      if (err instanceof StartupFault) {
        for (const fault of err.faults)
          log.error({ event: 'settings.not_reloaded' }, `${fault}; ${AS_BEFORE}`);
        return;
      }
      log.error(
        { event: 'settings.not_reloaded', err },
        `the files of the settings cannot be read again; ${AS_BEFORE}`,
      );
      report(err);
    }
  }
}

const AS_BEFORE = 'what was in force before stays in force';

/** Whether the process has a terminal that is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
