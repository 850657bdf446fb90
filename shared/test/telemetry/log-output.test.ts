/** Log lines reach the reader of stdout soon, all of them and in order, however the process ends. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const LOGGER = new URL('../../src/telemetry/logger.ts', import.meta.url);

interface Line {
  n: number;
}

/** Runs a script with a `log` whose stdout is a pipe, until it ends. */
async function run(script: string): Promise<{ lines: Line[]; status: number }> {
  const program = `import { createLogger, flushed } from ${JSON.stringify(LOGGER.href)};
    const log = createLogger('test', 'info');
    ${script}`;
  // Node itself would give the child a socket, which takes more at once than a pipe.
  const shell = '{ "$0" --input-type=module --eval "$1" 2>/dev/null; echo "{\\"status\\":$?}"; } | cat';
  const child = spawn('sh', ['-c', shell, process.execPath, program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = await text(child.stdout);
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line & { status: number });
  return { status: Number(lines.pop()?.status), lines };
}

const NUMBERS = Array.from({ length: 1_000 }, (_, n) => n);
const LOG_THEM = `for (let n = 0; n < ${NUMBERS.length}; n += 1) log.info({ n });`;

test('a line is written soon, even when no other follows', async () => {
  const script = `log.info({ n: 1 }); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500);`;
  expect((await run(script)).lines).toMatchObject([{ n: 1 }]);
});

test.each([
  ['ends by itself', '', 0],
  ['exits', 'process.exit(3);', 3],
  ['exits when the log is flushed', 'await flushed(log); process.exit(3);', 3],
  ['crashes', 'throw new Error("crashed");', 1],
  ['exits after a fatal line', 'log.fatal({ n: 1000 }); process.exit(3);', 3],
  ['is killed after a fatal line', 'log.fatal({ n: 1000 }); process.kill(process.pid, "SIGKILL");', 137],
  [
    'exits when the log is flushed while lines are being written',
    'setTimeout(async () => { log.info({ n: 1000 }); await flushed(log); process.exit(3); }, 11);',
    3,
  ],
])('all lines are written, in order, when the process %s', async (_how, end, status) => {
  const ended = await run(LOG_THEM + end);
  const last = end.includes('1000') ? [1000] : [];
  expect(ended.lines.map(({ n }) => n)).toEqual([...NUMBERS, ...last]);
  expect(ended.status).toBe(status);
});

test('lines that are logged at different times stay in order', async () => {
  const script = `for (let n = 0; n < 1_000; n += 1) {
    log.info({ n });
    if (n % 50 === 0) await new Promise((go) => setTimeout(go, n % 15));
  }`;
  expect((await run(script)).lines.map(({ n }) => n)).toEqual(NUMBERS);
});

test('processes that share a pipe do not tear lines, even long ones and with a slow reader', async () => {
  const program = `import { createLogger } from ${JSON.stringify(LOGGER.href)};
    const log = createLogger('test', 'info');
    for (let n = 0; n < 2_000; n += 1) {
      log.info({ n, text: 'ü'.repeat(n % 200) });
      if (n % 40 === 0) await new Promise((go) => setTimeout(go, 2));
    }`;
  const one = '"$0" --input-type=module --eval "$1"';
  const child = spawn('sh', [
    '-c',
    `{ ${one} & ${one} & ${one} & wait; } | { sleep 1; cat; }`,
    process.execPath,
    program,
  ]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as Line).n)).toHaveLength(6_000);
});
