/** The page on MCP servers: it shows the files of the example, and what it has its reader type does what it says. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from 'shared/test/serve.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { textOf } from '../documents/pages.ts';
import { type System, startedSystem } from '../system.ts';
import { guardFolder, ownRepository, type Repository } from './own-repository.ts';

const run = promisify(execFile);

/** The port of the server on the page, and that of the test. */
const port = String(await freePort());
const atPort = (text: string) => text.replaceAll('5070', port);

const page = textOf('docs/mcp.md');
const shown = [...page.matchAll(/^`(examples\/[^`]+)`:\n\n```\w+\n(.*?)^```$/gms)].map(
  ([, file = '', code = '']) => ({ file, code }),
);

let own: Repository;
let system: System;
let stopServer = () => {};

beforeAll(async () => {
  const [, typed = ''] = /^ {4}npm install (.*) \S+\/guard$/m.exec(page) ?? [];
  own = ownRepository(guardFolder, ...typed.split(' '));
  for (const { file, code } of shown) own.write(String(file.split('/').at(-1)), atPort(code));
  const [, settings = ''] = /^ {4}(\S+=.*) npm start$/m.exec(page) ?? [];
  const given = Object.fromEntries(settings.split(' ').map((pair) => pair.split('='))) as Record<
    string,
    string
  >;
  system = await startedSystem({
    ...given,
    APIS_FILE: join(own.folder, 'apis.json'),
    CLIENTS_FILE: join(own.folder, 'clients.json'),
  });
  const [, secret = ''] = /^ {4}NOTES_SECRET=(\S+) node server\.js$/m.exec(page) ?? [];
  const server = spawn(process.execPath, ['server.js'], {
    cwd: own.folder,
    env: { NOTES_SECRET: secret, PORT: port, ISSUER: system.urls.authServer },
    stdio: 'inherit',
  });
  stopServer = () => void server.kill('SIGKILL');
  await vi.waitFor(() => fetch(`http://localhost:${port}/mcp`), { timeout: 20_000, interval: 100 });
}, 60_000);

afterAll(async () => {
  stopServer();
  await system?.stop();
  own?.remove();
});

test('it shows all files of the example that its reader copies', () => {
  expect(shown.map(({ file }) => file.split('/').at(-1)).sort()).toEqual([
    'apis.json',
    'clients.json',
    'server.js',
  ]);
});

test.each(shown)('it shows $file as it is', ({ file, code }) => {
  expect(textOf(file)).toBe(code);
});

test('its commands answer as it shows', async () => {
  const [, section = ''] = /^## Run it\n(.*?)^## /ms.exec(page) ?? [];
  const typed = [...section.matchAll(/^ {4}\$ (.*)\n((?: {4}(?!\$).*\n)+)/gm)];
  expect(typed.length).toBeGreaterThan(2);
  for (const [, command = '', answer = ''] of typed) {
    const here = (text: string) =>
      atPort(text).replaceAll('http://localhost:5001', system.urls.authServer).replace(/^ {4}/gm, '');
    const { stdout } = await run('bash', ['-c', here(command)]);
    expect(stdout.replaceAll('\r', '').trimEnd()).toBe(here(answer).trimEnd());
  }
});
