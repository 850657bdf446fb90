/** Runs an example by the command of its page, at a port and with an issuer of the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { textOf } from '../e2e/documents/pages.ts';
import type { Language } from './languages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** How long an example may take to stop, in milliseconds. */
const STOP_MS = 5_000;

/** An example that answers calls. */
export interface RunningExample {
  url: string;
  /** What it has written to stdout and stderr. */
  output(): string;
  /** Stops it, and whatever its commands started. */
  stop(): Promise<void>;
}

/** The commands below the heading of a language that start its example: they, and no others there, set SECRET. */
function commandsOf(language: Language): string {
  const [, section = ''] =
    new RegExp(`^### ${language}\\b.*?\\n(.*?)(?=^##)`, 'ms').exec(textOf('docs/protect-an-api.md')) ?? [];
  const block = [...section.matchAll(/(?:^ {4}.*\n)+/gm)].map(String).find((it) => it.includes('SECRET='));
  if (block === undefined) throw new Error(`the page has no command that starts the example in ${language}`);
  return block;
}

/** Starts an example, and waits until it answers. */
export async function startExample(
  language: Language,
  environment: Record<string, string>,
): Promise<RunningExample> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // A group of its own, since the commands start the program as a child of a child.
  const shell = spawn('bash', ['-e', '-c', commandsOf(language)], {
    cwd: root,
    detached: true,
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (shell.pid !== undefined) process.kill(-shell.pid, signal);
    } catch {
      // The group has ended.
    }
  };
  const killAtExit = () => kill('SIGKILL');
  process.once('exit', killAtExit);
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (output += chunk));
  const closed = once(shell, 'close');

  while (!(await answers(url))) {
    if (shell.exitCode !== null) throw new Error(`the example in ${language} ended: ${output}`);
    await sleep(100);
  }
  return {
    url,
    output: () => output,
    async stop() {
      kill('SIGTERM');
      const late = setTimeout(kill, STOP_MS, 'SIGKILL');
      await closed;
      clearTimeout(late);
      process.off('exit', killAtExit);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/.well-known/oauth-protected-resource`)).ok;
  } catch {
    return false;
  }
}
