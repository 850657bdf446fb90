/** Every command explains its use with `--help`, refuses what it does not know, and starts nothing in both cases. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** The files of the commands, and what each of them complains as. */
const commands = [
  ['system/start/start-all.ts', 'npm start'],
  ['system/start/dev.ts', 'npm run dev'],
  ['system/doctor/main.ts', 'doctor'],
  ['system/bench/bench.ts', 'bench'],
  ['auth-server/src/commands/create-admin.ts', 'create-admin'],
  ['auth-server/src/commands/migrate.ts', 'migrate'],
  ['auth-server/src/main.ts', 'auth-server'],
  ['resource-server/src/main.ts', 'resource-server'],
  ['webapp/src/main.ts', 'webapp'],
] as const;

test.each(commands)('%s explains its use with --help and -h', { timeout: 30_000 }, (file) => {
  for (const option of ['--help', '-h']) {
    const { status, stdout, stderr } = run(file, option);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^npm (start|run [\w-]+) .*\n[^{]*$/);
    expect(stderr).toBe('');
  }
});

test.each(commands)('%s refuses an option that it does not know', { timeout: 30_000 }, (file, name) => {
  expect(run(file, '--nonsense')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: `${name}: Unknown option '--nonsense'; --help lists the arguments\n`,
  });
});

test.each([
  ['system/start/start-all.ts', ['webapp'], /^npm start: Unexpected argument 'webapp'/],
  ['system/start/dev.ts', ['web'], /^npm run dev: .*auth-server, resource-server, webapp\n$/],
  ['system/start/dev.ts', ['webapp', 'auth-server'], /^npm run dev: .*one argument at most/],
  ['system/bench/bench.ts', ['--only=all'], /^bench: --only takes one of start, chain, endpoints, memory\n$/],
])('%s refuses %j', { timeout: 30_000 }, (file, given, complaint) => {
  const { status, stdout, stderr } = run(file, ...given);
  expect(status).not.toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(complaint);
});

/** Runs a command, which must end by itself. */
function run(file: string, ...given: string[]) {
  return spawnSync(process.execPath, [fileURLToPath(new URL(`../../${file}`, import.meta.url)), ...given], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
    timeout: 10_000,
  });
}
