/** Axe finds nothing on any page, in light and in dark, on a desktop and on a phone. */
import { test } from 'vitest';
import { expectAccessible } from './axe.ts';
import { PHONE } from './chromium.ts';
import { visitEveryPage } from './tour.ts';

test.each([
  ['light', 'a desktop', {}],
  ['dark', 'a desktop', {}],
  ['light', 'a phone', PHONE],
  ['dark', 'a phone', PHONE],
] as const)('every page is accessible in %s colours on %s', async (colorScheme, _name, device) => {
  await visitEveryPage({ colorScheme, ...device }, expectAccessible);
});
