/** Error pages that people understand. */
import type { Page } from 'playwright-core';
import { afterEach, expect, test, vi } from 'vitest';
import { openQuietWindow } from './chromium.ts';
import { startSystem } from './system.ts';
import { press, signIn } from './visitor.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('an unknown client', async () => {
  const { authorizeUrl } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(authorizeUrl({ client_id: 'nobody' }));
  await expectErrorPage(page, 'The application that sent you here is not registered with this server.');
});

test('the browser never goes to a redirect URI that is not the client’s', async () => {
  const { application, authorizeUrl } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(authorizeUrl({ redirect_uri: `${application.home}elsewhere` }));
  await expectErrorPage(page, 'wants to send you back to an address that is not registered for it.');
});

test('a sign-in that took too long', async () => {
  const { authorizeUrl } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(authorizeUrl());
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
  // For the browser's own clock the time of its cookies has not come.
  await page.context().clearCookies({ name: /^_interaction/ });
  await signIn(page);
  await expectErrorPage(page, 'The sign-in took too long, or was started in another browser.');
});

test('a sign-in that another browser began', async () => {
  const { authorizeUrl } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(authorizeUrl());
  const other = await openQuietWindow();
  await other.goto(page.url());
  await expectErrorPage(other, 'The sign-in took too long, or was started in another browser.');
});

test('an unknown address', async () => {
  const { issuer } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(`${issuer}/nothing`);
  await expectErrorPage(page, 'There is no page at this address.');
});

test('a form that another site’s page posts', async () => {
  const { issuer, application } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(application.posting(`${issuer}/interaction/any/cancel`));
  await press(page, 'Post');
  await expectErrorPage(page, 'This form can only be sent from our own pages.');
});

/** Expects this text, and the id of the request for the support of the user. */
async function expectErrorPage(page: Page, text: string): Promise<void> {
  await page.getByRole('heading', { name: 'This did not work', level: 1 }).waitFor();
  const shown = await page.locator('main').innerText();
  expect(shown).toContain(text);
  expect(shown).toMatch(/Request: [\w-]{8,64}/);
}
