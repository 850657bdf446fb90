/** The whole system under test: the process of `npm start` and its three services, on free ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';

export interface LogLine {
  service?: string;
  event?: string;
  requestId?: string;
  [field: string]: unknown;
}

export interface System {
  urls: { authServer: string; resourceServer: string; webapp: string };
  /** Everything written to stdout and stderr so far. */
  output(): string;
  /** The log lines so far. A line that is not a JSON object makes this throw. */
  lines(): LogLine[];
  /** Resolves with the first line that matches, when it is written. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>;
  process: ChildProcess;
  /** The exit code, once the command has ended. */
  ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** Starts the command; `environment` is its environment besides the ports. */
export async function startSystem(environment: Record<string, string> = {}): Promise<System> {
  const ports = {
    AUTH_SERVER_PORT: await freePort(),
    RESOURCE_SERVER_PORT: await freePort(),
    WEBAPP_PORT: await freePort(),
  };
  const started = spawn(
    process.execPath,
    [fileURLToPath(new URL('../start/start-all.ts', import.meta.url))],
    {
      env: { PATH: process.env.PATH, ...mapValues(ports, String), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  // A test that fails or takes too long does not come to its end, where it would have stopped the system.
  const kill = () => started.kill('SIGKILL');
  process.once('exit', kill);
  started.once('exit', () => process.off('exit', kill));
  let stdout = '';
  let stderr = '';
  started.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  started.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(started, 'close').then(([code]) => code as number | null);

  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);

  return {
    urls: {
      authServer: `http://localhost:${ports.AUTH_SERVER_PORT}`,
      resourceServer: `http://localhost:${ports.RESOURCE_SERVER_PORT}`,
      webapp: `http://localhost:${ports.WEBAPP_PORT}`,
    },
    output: () => stdout + stderr,
    lines,
    async line(matches) {
      for (;;) {
        const found = lines().find(matches);
        if (found) return found;
        await Promise.race([once(started.stdout, 'data'), failWhenEnded()]);
      }
    },
    process: started,
    ended,
    async stop() {
      started.kill('SIGTERM');
      return ended;
    },
  };

  async function failWhenEnded(): Promise<never> {
    throw new Error(`the command ended with ${await ended}: ${stderr}`);
  }
}

/** Starts the command and waits until all three services answer. */
export async function startedSystem(environment: Record<string, string> = {}): Promise<System> {
  const system = await startSystem(environment);
  await system.line(({ event }) => event === 'all.ready');
  return system;
}

function mapValues<In, Out>(object: Record<string, In>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
