/** The example on the page of chains of services, tried on the running system. */
import { beforeAll, expect, test } from 'vitest';
import { type ShownSystem, systemOf } from './shown-commands.ts';

let shown: ShownSystem;

beforeAll(async () => {
  shown = await systemOf('docs/token-exchange.md');
  return shown.stop;
}, 20_000);

test('its commands answer as it shows', async () => {
  expect(shown.commands).toHaveLength(4);
  const typed = await shown.typed();
  expect(typed.printed).toEqual(typed.shown);
});
