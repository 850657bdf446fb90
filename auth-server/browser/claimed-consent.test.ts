/** The consent page of a client that is known by its metadata document only. */
import { expect, test } from 'vitest';
import { authorizationUrl } from '../test/support/code-flow.ts';
import { startWithDocuments } from '../test/support/document-hosts.ts';
import { expectAccessible } from './axe.ts';
import { openQuietWindow, PHONE } from './chromium.ts';
import { signIn } from './visitor.ts';

test.each([
  ['light', 'a desktop', {}],
  ['dark', 'a desktop', {}],
  ['light', 'a phone', PHONE],
  ['dark', 'a phone', PHONE],
] as const)('is accessible in %s colours on %s, with its warning', async (colorScheme, name, device) => {
  const { hosts, server } = await startWithDocuments();
  const client = hosts.publish(hosts.urlOf(), { redirect_uris: ['http://127.0.0.1/callback'] });
  const page = await openQuietWindow({ colorScheme, ...device });
  const local = { ...client, redirectUri: 'http://127.0.0.1:33418/callback' };
  await page.goto(String(authorizationUrl(server.issuer, local, { scope: 'openid current_time' })));
  await signIn(page);
  await page.getByRole('heading', { name: `Allow app.example:${hosts.port}?` }).waitFor();
  await expectAccessible(page, name);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
});
