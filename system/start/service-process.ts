/** A service as a process of its own, as `npm start` and `npm run dev` run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from './node-options.ts';

/** How long a service may take to stop before it is killed, in milliseconds: longer than its drain. */
export const STOP_MS = 9_500;

/**
 * Starts a service. It sends one message when it listens.
 *
 * @param settings variables that are added to the environment of this process
 */
export function spawnService(service: string, settings: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['src/main.ts'], {
    cwd: fileURLToPath(new URL(`../../${service}`, import.meta.url)),
    // Without npm, too, relative paths count from the working directory here, and not from the service's folder.
    env: { INIT_CWD: process.cwd(), NODE_OPTIONS, ...process.env, ...settings },
    // The channel closes however this process dies, and then the services stop.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
