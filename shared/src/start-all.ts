/** `npm start`: the three services as one command, until one of them ends or a signal comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLogger } from './logger.ts';

/** How long the services get to stop before they are killed, in milliseconds: more than they take to drain. */
const STOP_MS = 9_500;

const { env } = process;
const ports = {
  'auth-server': env.AUTH_SERVER_PORT || '5001',
  'resource-server': env.RESOURCE_SERVER_PORT || '5002',
  webapp: env.WEBAPP_PORT || '5003',
};

if (env.PORT) {
  process.stderr.write(
    'PORT is for one service; for all three set AUTH_SERVER_PORT, RESOURCE_SERVER_PORT and WEBAPP_PORT\n',
  );
  process.exit(1);
}

/** What the services must agree on; it follows from the ports unless it is set. */
const agreed = {
  ISSUER: env.ISSUER || `http://localhost:${ports['auth-server']}`,
  RESOURCE: env.RESOURCE || `http://localhost:${ports['resource-server']}`,
  WEBAPP_REDIRECT_URI: env.WEBAPP_REDIRECT_URI || `http://localhost:${ports.webapp}/callback`,
};

const running = new Set<ChildProcess>();
let exitCode = 0;
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopAll);
await Promise.all(Object.entries(ports).map(([service, port]) => start(service, port)));
await announce();

/** Resolves when the service listens; never, when it ends before. */
function start(service: string, port: string): Promise<unknown> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: fileURLToPath(new URL(`../../${service}`, import.meta.url)),
    env: { ...env, ...agreed, PORT: port },
    // The channel closes when this process dies, however it dies; the services stop then.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', (code) => {
    running.delete(child);
    if (code !== 0 || !stopping) exitCode = code || 1;
    stopAll();
    if (running.size === 0) process.exit(exitCode);
  });
  return once(child, 'message');
}

function stopAll(): void {
  if (stopping) return;
  stopping = true;
  for (const child of running) child.kill('SIGTERM');
  setTimeout(() => {
    exitCode = 1;
    for (const child of running) child.kill('SIGKILL');
  }, STOP_MS).unref();
}

/** Says what to try, once all three are ready. */
async function announce(): Promise<void> {
  await Promise.all(Object.values(ports).map(ready));
  if (stopping) return;
  const example = `curl http://localhost:${ports.webapp}/current_time`;
  if (process.stdout.isTTY) {
    process.stdout.write(`\nAll three answer. Try:  ${example}\n\n`);
  } else {
    createLogger('start', env.LOG_LEVEL || 'info').info(
      { event: 'all.ready', try: example },
      'all three answer',
    );
  }
}

async function ready(port: string): Promise<void> {
  while (!stopping) {
    const answer = await fetch(`http://localhost:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
}
