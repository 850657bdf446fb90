/** The fixture service as a real process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePort } from '../serve.ts';

const MAIN = fileURLToPath(new URL('./fixtures/service.ts', import.meta.url));

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the service with these settings. It is killed when the test is finished, if it still runs. */
export function spawnService(environment: Record<string, string>): {
  child: ChildProcess;
  ended: Promise<Ended>;
} {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = [text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream)];
  const ended = once(child, 'exit').then(async ([exitCode]) => {
    const [stdout = '', stderr = ''] = await Promise.all(output);
    return { exitCode: exitCode as number | null, stdout, stderr };
  });
  return { child, ended };
}

/** Starts the service on a free port, and waits until it listens. */
export async function startService(environment: Record<string, string> = {}) {
  const port = await freePort();
  const { child, ended } = spawnService({ PORT: String(port), ...environment });
  await once(child, 'message');
  return { base: `http://127.0.0.1:${port}`, child, ended };
}

/** The log of a service that has ended, with each line parsed. */
export function logOf({ stdout }: Ended): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
