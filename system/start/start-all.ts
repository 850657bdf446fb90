/** `npm start`: runs the three services until one of them ends or a signal comes. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from 'shared/config/command-line.ts';
import { announcer, type Ending, type Started } from './announcer.ts';
import { settingsOrExit } from './check-settings.ts';
import { STOP_MS, spawnService } from './service-process.ts';

/** When one service cannot start: how long the others may take to listen or to name their own faults, in milliseconds. */
const BEGIN_MS = 10_000;

const HELP = `npm start                      runs the three services until Ctrl-C, or until one of them ends
npm start -w auth-server       runs one of them: auth-server, resource-server or webapp

It takes no arguments. Its settings are environment variables, or lines in .env; docs/settings.md lists them.
`;

commandLine('npm start', HELP, {});
const { services, advice, misspelt, logLevel } = await settingsOrExit('npm start');
const running = new Set<ChildProcess>();
const stopping = new AbortController();
const endings: Ending[] = [];
const announce = announcer(logLevel);
let exitCode = 0;

// SIGHUP is the terminal that closes. To have files read again, it is sent to the process of the auth server.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopAll);
const ports = Object.fromEntries(Object.entries(services).map(([service, { port }]) => [service, port]));
announce.starting(ports, misspelt);
const started = Object.entries(services).map(([service, { port, settings }]) =>
  start(service, port, settings),
);
await announce.untilReady(started, advice, stopping.signal);

function start(
  service: string,
  port: number,
  settings: Record<string, string>,
): Started & { ended: Promise<unknown> } {
  const child = spawnService(service, settings);
  running.add(child);
  let listened = false;
  child.once('message', () => {
    listened = true;
  });
  child.once('exit', (code, signal) => {
    running.delete(child);
    if (code !== 0 || !stopping.signal.aborted) exitCode = code || 1;
    // What ends after that was stopped from here.
    if (!stopping.signal.aborted) endings.push({ service, listened, code, signal });
    if (running.size === 0) void announce.ended(endings).then(() => process.exit(exitCode));
    else if (listened) stopAll();
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
