/**
 * `npm run dev`: runs services that start again when their files change, until Ctrl-C. It runs all three with the
 * settings of `npm start`, or only the one that its argument names, with that service's own settings.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { commandLine } from 'shared/config/command-line.ts';
import { exitWithFaults, StartupFault } from 'shared/config/startup-fault.ts';
import { nextChange } from './changes.ts';
import { settingsOrExit } from './check-settings.ts';
import { STOP_MS, spawnService } from './service-process.ts';
import { SERVICES } from './start-settings.ts';

const HELP = `npm run dev                    runs the three services until Ctrl-C; each starts again when its files change
npm run dev -w auth-server     runs one of them: auth-server, resource-server or webapp

Its settings are environment variables, or lines in .env; docs/settings.md lists them.
`;

const [only, ...more] = commandLine('npm run dev', HELP, {}, true).positionals;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const services = await chosenServices();
await Promise.all(Object.entries(services).map(([service, { settings }]) => keepRunning(service, settings)));

async function chosenServices(): Promise<Record<string, { settings: Record<string, string> }>> {
  if (only === undefined) return (await settingsOrExit('npm run dev')).services;
  if (SERVICES.includes(only) && more.length === 0) return { [only]: { settings: {} } };
  const fault = `it takes one argument at most: ${SERVICES.join(', ')}`;
  return exitWithFaults('npm run dev', new StartupFault([fault]), 2);
}

/** Runs a service until this process is told to stop. After a service has ended by itself, the next change starts it. */
async function keepRunning(service: string, settings: Record<string, string>): Promise<void> {
  const folders = [service, 'guard', 'shared'].map((name) =>
    fileURLToPath(new URL(`../../${name}/src`, import.meta.url)),
  );
  let changed = nextChange(folders, stopping.signal);
  while (!stopping.signal.aborted) {
    const child = spawnService(service, settings);
    const ended = once(child, 'exit');
    let told = false;
    child.once('exit', (code) => {
      if (!told)
        process.stderr.write(`${service}: ended with ${code}; it starts again when a file changes\n`);
    });
    await changed;
    // Watches before the stop: a change during the stop needs another start.
    changed = nextChange(folders, stopping.signal);
    told = true;
    stop(child);
    await ended;
  }
}

function stop(child: ChildProcess): void {
  // Not SIGTERM, on which a service first waits for balancers: there are none.
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.once('exit', () => clearTimeout(late));
}
