/** Log lines reach whoever reads stdout: soon, all of them and in their order, however the process ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const LOGGER = new URL('../src/logger.ts', import.meta.url);

/** Runs a script that has a `log`; it is killed when the test is finished. */
function run(script: string) {
  const program = `import { createLogger, flushed } from ${JSON.stringify(LOGGER.href)};
    const log = createLogger('test', 'info');
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** The numbers in the lines that a script has logged when it has ended. */
async function loggedBy(script: string): Promise<number[]> {
  const output = await text(run(script).stdout);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: number }).n);
}

const NUMBERS = Array.from({ length: 1_000 }, (_, n) => n);
const LOG_THEM = `for (let n = 0; n < ${NUMBERS.length}; n += 1) log.info({ n });`;

test('a line is there soon, though no other follows', async () => {
  const child = run('setInterval(() => {}, 1_000); log.info({ n: 1 });');
  const [line] = await once(child.stdout, 'data');
  expect(JSON.parse(String(line))).toMatchObject({ n: 1 });
});

test.each([
  ['ends by itself', ''],
  ['exits', 'process.exit(0);'],
  ['exits when the log is flushed', 'await flushed(log); process.exit(0);'],
  [
    'exits when the log is flushed while lines are being written',
    'setTimeout(async () => { log.info({ n: 1000 }); await flushed(log); process.exit(0); }, 11);',
  ],
  ['crashes', 'throw new Error("crashed");'],
  ['is killed after a fatal line', 'log.fatal({ n: 1000 }); process.kill(process.pid, "SIGKILL");'],
])('all lines are written, in their order, when the process %s', async (_how, end) => {
  const last = end.includes('1000') ? [1000] : [];
  expect(await loggedBy(LOG_THEM + end)).toEqual([...NUMBERS, ...last]);
});

test('lines that are logged at different times stay in their order', async () => {
  const script = `for (let n = 0; n < 1_000; n += 1) { log.info({ n }); if (n % 50 === 0) await new Promise((go) => setTimeout(go, n % 15)); }`;
  expect(await loggedBy(script)).toEqual(NUMBERS);
});
