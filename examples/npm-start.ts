/** Runs the three services of the project, as `npm start` does, with the files and settings of an example. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const { AUTH_SERVER_PORT = '5001', RESOURCE_SERVER_PORT = '5002' } = process.env;

/** Where the auth server and the clock answer. The ports follow the settings of `npm start`. */
export const issuerUrl = `http://localhost:${AUTH_SERVER_PORT}`;
export const clockUrl = `http://localhost:${RESOURCE_SERVER_PORT}`;

/** The services while they run. */
export interface Services {
  stop(): Promise<void>;
}

/**
 * Runs `npm start`, and resolves when all three services answer. When they cannot start, they say why, and this program ends. When
 * this program ends, however that may be, they end, too.
 */
export async function startServices(environment: Record<string, string>): Promise<Services> {
  const npmStart = pathOf('../shared/src/lifecycle/npm-start.js');
  const started = spawn(process.execPath, ['--import', npmStart, pathOf('../system/start/start-all.ts')], {
    env: { ...process.env, LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(started, 'exit');
  const couldNotStart = () => process.exit(1);
  started.once('exit', couldNotStart);
  await new Promise<void>((resolve) => {
    createInterface(started.stdout).on('line', (line) => {
      if (line.includes('"all.ready"')) resolve();
    });
  });
  started.off('exit', couldNotStart);
  return {
    async stop() {
      started.kill('SIGINT');
      await ended;
    },
  };
}
