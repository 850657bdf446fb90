/** The example on the page of APIs, tried on the running system. */
import { freePort } from 'shared/test/serve.ts';
import { beforeAll, expect, test } from 'vitest';
import { startedSystem } from '../system.ts';
import { named, textOf } from './pages.ts';
import { type ShownSystem, systemOf } from './shown-commands.ts';

let shown: ShownSystem;

beforeAll(async () => {
  shown = await systemOf('docs/apis.md');
  return shown.stop;
}, 20_000);

test('its commands answer as it shows', async () => {
  expect(shown.commands).toHaveLength(4);
  const typed = await shown.typed();
  expect(typed.printed).toEqual(typed.shown);
});

test('its address asks for the two APIs', async () => {
  const [address = ''] = named(textOf('docs/apis.md'), /^ {4}(http:\/\/localhost:5001\/authorize.*)$/gm);
  const answer = await fetch(shown.here(address), { redirect: 'manual' });
  expect(answer.headers.get('location')).toMatch(/\/interaction\//);
});

test('its entry takes the place of the clock', { timeout: 20_000 }, async () => {
  const RESOURCE_SERVER_PORT = String(await freePort());
  const [, , clock = ''] = shown.json;
  const atItsPort = clock.replace('localhost:5002', `localhost:${RESOURCE_SERVER_PORT}`);
  const other = await startedSystem({
    CLOCK_API: 'off',
    RESOURCE_SERVER_PORT,
    APIS_FILE: shown.fileWith('clock.json', atItsPort),
  });
  try {
    const answer = await fetch(`${other.urls.webapp}/current_time`);
    expect(await answer.json()).toEqual({ current_time: expect.any(String) });
  } finally {
    await other.stop();
  }
});
