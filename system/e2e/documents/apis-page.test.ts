/** The example on the page of APIs, tried on the running system. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from 'shared/test/serve.ts';
import { beforeAll, expect, test } from 'vitest';
import { type System, startedSystem } from '../system.ts';
import { named, textOf } from './pages.ts';

const run = promisify(execFile);
const page = textOf('docs/apis.md');
const [apis = '', clients = '', clock = ''] = named(page, /^```json\n(.*?)^```/gms);

/** The commands that need no user, each with the answer below it, if one is shown. */
const commands = [...page.matchAll(/^ {4}\$ ((?:.*\\\n)*.*)\n(?: {4}(\{.*))?/gm)]
  .map(([, command = '', answer = '']) => ({ command: command.replace(/\\\n\s*/g, ' '), answer }))
  .filter(({ command }) => !command.includes('THE_'));

const folder = mkdtempSync(join(tmpdir(), 'apis-page-'));
let system: System;

beforeAll(async () => {
  system = await startedSystem({
    APIS_FILE: fileWith('apis.json', apis),
    CLIENTS_FILE: fileWith('clients.json', clients),
  });
  return async () => {
    await system.stop();
    rmSync(folder, { recursive: true });
  };
}, 20_000);

test('its commands answer as it shows', async () => {
  expect(commands).toHaveLength(4);
  const script = commands.map(({ command }) => `${command}${command.startsWith('curl') ? ' -s; echo' : ''}`);
  const { stdout } = await run('bash', ['-c', atThisSystem(script.join('\n'))]);
  const shown = commands.flatMap(({ answer }) => answer || []);
  expect(stdout.trim().split('\n').map(withoutWhatDiffers)).toEqual(shown.map(withoutWhatDiffers));
});

test('its address asks for the two APIs', async () => {
  const [address = ''] = named(page, /^ {4}(http:\/\/localhost:5001\/authorize.*)$/gm);
  const answer = await fetch(atThisSystem(address), { redirect: 'manual' });
  expect(answer.headers.get('location')).toMatch(/\/interaction\//);
});

test('its entry takes the place of the clock', { timeout: 20_000 }, async () => {
  const RESOURCE_SERVER_PORT = String(await freePort());
  const atItsPort = clock.replace('localhost:5002', `localhost:${RESOURCE_SERVER_PORT}`);
  const other = await startedSystem({
    CLOCK_API: 'off',
    RESOURCE_SERVER_PORT,
    APIS_FILE: fileWith('clock.json', atItsPort),
  });
  try {
    const answer = await fetch(`${other.urls.webapp}/current_time`);
    expect(await answer.json()).toEqual({ current_time: expect.any(String) });
  } finally {
    await other.stop();
  }
});

function fileWith(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function atThisSystem(text: string): string {
  return text.replaceAll('http://localhost:5001', system.urls.authServer);
}

function withoutWhatDiffers(answer: string): string {
  return answer
    .replace(/"eyJ[^"]*"/, '"eyJ"')
    .replace(/"jti":"[^"]*"/, '"jti":""')
    .replace(/localhost:\d+/, 'localhost')
    .replace(/"(exp|iat)":\d+/g, '"$1":0');
}
