/** `npm run dev`, in a copy of the sources, which a test may change. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { expect, onTestFinished, test } from 'vitest';

const WORKSPACES = ['auth-server', 'resource-server', 'webapp', 'guard', 'shared', 'system'];

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The file that the test changes; all services import it. */
const CHANGED = 'shared/src/lifecycle/listen.ts';

test('a service restarts each time a file is replaced, and starts again once a syntax error is corrected', {
  timeout: 60_000,
}, async () => {
  const folder = copyOfSources();
  const port = await freePort();
  writeFileSync(join(folder, '.env'), `PORT=${port}\n`);
  const dev = startDev(folder, ['webapp']);
  await dev.listening(1);
  expect((await fetch(`http://localhost:${port}/health/live`)).status, '.env is read').toBe(200);

  replace(join(folder, CHANGED), (source) => `${source}// once\n`);
  await dev.listening(2);
  replace(join(folder, CHANGED), (source) => `${source}// twice\n`);
  await dev.listening(3);

  replace(join(folder, CHANGED), (source) => `${source}const = ;\n`);
  await dev.wrote('SyntaxError');
  await dev.wrote('webapp: ended with 1; it starts again when a file changes');
  replace(join(folder, CHANGED), (source) => source.replace('const = ;\n', ''));
  await dev.listening(4);
});

test('all three run until Ctrl-C, and then end with 0, like the command', { timeout: 60_000 }, async () => {
  const folder = copyOfSources();
  const ports = [await freePort(), await freePort(), await freePort()];
  const names = ['AUTH_SERVER_PORT', 'RESOURCE_SERVER_PORT', 'WEBAPP_PORT'];
  writeFileSync(join(folder, '.env'), names.map((name, index) => `${name}=${ports[index]}\n`).join(''));
  const dev = startDev(folder, []);
  await dev.listening(3);
  expect((await fetch(`http://localhost:${ports[2]}/current_time`)).status).toBe(200);
  const ended = once(dev.process, 'close');
  // A terminal sends the signal to the whole process group.
  process.kill(-Number(dev.process.pid), 'SIGINT');
  expect((await ended)[0]).toBe(0);
  expect(dev.output().match(/"event":"service.stopped","exitCode":0/g)).toHaveLength(3);
});

/** The sources in a folder of their own, with the packages of the project, until the test is finished. */
function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dev-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const left = /\/(node_modules|test|browser|e2e|faults|bench)$/;
  for (const name of WORKSPACES) {
    cpSync(join(project, name), join(folder, name), { recursive: true, filter: (path) => !left.test(path) });
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(project, 'node_modules'))) {
    const from = WORKSPACES.includes(name) ? folder : join(project, 'node_modules');
    symlinkSync(join(from, name), join(folder, 'node_modules', name));
  }
  return folder;
}

function replace(file: string, change: (source: string) => string): void {
  // As most editors and Git save: a new file takes the old one's name.
  writeFileSync(`${file}~`, change(readFileSync(file, 'utf8')));
  renameSync(`${file}~`, file);
}

/** Starts what `npm run dev` starts, in a process group of its own, as a terminal does. */
function startDev(folder: string, services: string[]) {
  const { PATH } = process.env;
  const started = spawn(
    process.execPath,
    ['--import', './shared/src/lifecycle/npm-start.js', 'system/start/dev.ts', ...services],
    { cwd: folder, env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  onTestFinished(() => void (started.exitCode ?? process.kill(-Number(started.pid), 'SIGKILL')));
  let output = '';
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (output += chunk));
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      if (started.exitCode !== null) throw new Error(`it ended with ${started.exitCode}: ${output}`);
      await sleep(50);
    }
  };
  return {
    process: started,
    output: () => output,
    /** Resolves when services have begun to listen this many times in all. */
    listening: (times: number) =>
      until(() => (output.match(/"event":"service.listening"/g)?.length ?? 0) >= times),
    wrote: (text: string) => until(() => output.includes(text)),
  };
}
