/** The settings of `npm start` and `npm run dev`, or the end of the process. */
import { StartupFault } from 'shared/config/startup-fault.ts';
import { serviceFaults } from './service-faults.ts';
import { startSettings } from './start-settings.ts';

/**
 * The settings in the environment. When those of the command itself have faults, it names them and those that the
 * services would find, and ends the process with 1.
 */
export async function settingsOrExit(command: string): Promise<ReturnType<typeof startSettings>> {
  try {
    return startSettings(process.env);
  } catch (error) {
    if (!(error instanceof StartupFault)) throw error;
    // The services would get ports from the command.
    const { PORT: _port, METRICS_PORT: _metricsPort, ...environment } = process.env;
    const own = error.faults.map((fault) => `${command}: ${fault}\n`);
    const ofServices = (await serviceFaults(environment)).map(
      ({ service, fault }) => `${service}: ${fault}\n`,
    );
    process.stderr.write([...own, ...ofServices].join(''));
    process.exit(1);
  }
}
