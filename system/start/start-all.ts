/** `npm start`: runs the three services until one of them ends or a signal comes. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from 'shared/config/command-line.ts';
import { exitWithFaults } from 'shared/config/startup-fault.ts';
import { announce, type Started } from './readiness.ts';
import { STOP_MS, spawnService } from './service-process.ts';
import { startSettings } from './start-settings.ts';

/** When one service cannot start: how long the others may take to listen or to name their own faults, in milliseconds. */
const BEGIN_MS = 10_000;

const HELP = `npm start                      runs the three services until Ctrl-C, or until one of them ends
npm start -w auth-server       runs one of them: auth-server, resource-server or webapp

It takes no arguments. Its settings are environment variables, or lines in .env; docs/settings.md lists them.
`;

commandLine('npm start', HELP, {});
const { services, logLevel } = readSettings();
const running = new Set<ChildProcess>();
const stopping = new AbortController();
let exitCode = 0;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopAll);
const started = Object.entries(services).map(([service, { port, settings }]) =>
  start(service, port, settings),
);
await announce(
  started,
  `curl http://localhost:${services.webapp.port}/current_time`,
  logLevel,
  stopping.signal,
);

function readSettings() {
  try {
    return startSettings(process.env);
  } catch (error) {
    return exitWithFaults('npm start', error);
  }
}

function start(
  service: string,
  port: number,
  settings: Record<string, string>,
): Started & { ended: Promise<unknown> } {
  const child = spawnService(service, settings);
  running.add(child);
  let listens = false;
  child.once('message', () => {
    listens = true;
  });
  child.once('exit', (code) => {
    running.delete(child);
    if (code !== 0 || !stopping.signal.aborted) exitCode = code || 1;
    if (running.size === 0) process.exit(exitCode);
    if (listens) stopAll();
    else void stopWhenAllHaveBegun();
  });
  return { service, port, listening: once(child, 'message'), ended: once(child, 'exit') };
}

/** Stops once each service listens or has ended, so that all faults are named. */
async function stopWhenAllHaveBegun(): Promise<void> {
  const begun = started.map(({ listening, ended }) => Promise.race([listening, ended]));
  await Promise.race([Promise.all(begun), sleep(BEGIN_MS)]);
  stopAll();
}

function stopAll(): void {
  if (stopping.signal.aborted) return;
  stopping.abort();
  // Not SIGTERM, on which a service first waits for balancers: there are none.
  for (const child of running) child.kill('SIGINT');
  setTimeout(() => {
    exitCode = 1;
    for (const child of running) child.kill('SIGKILL');
  }, STOP_MS).unref();
}
