/** What the Content-Security-Policy stops, and what it must allow. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { complaintsOf, openQuietWindow, openWindow } from './chromium.ts';
import { startSystem } from './system.ts';
import { answerAt, comeToConsent, heading, press, signIn } from './visitor.ts';

test('a page is not shown in a frame of another site', async () => {
  const { application, authorizeUrl } = await startSystem();
  const page = await openWindow();
  const complaints = complaintsOf(page);
  await page.goto(application.framing(authorizeUrl()));
  await expect.poll(() => complaints.join()).toMatch(/frame-ancestors 'none'/);
  expect(await page.frameLocator('iframe').getByText('Sign in').count()).toBe(0);
});

test('the same frame shows a page that allows framing', async () => {
  const { application } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(application.framing(application.callback));
  await page.frameLocator('iframe').getByText('/callback').waitFor();
});

test('a script in a page does not run', async () => {
  const { authorizeUrl } = await startSystem();
  const page = await openWindow();
  const complaints = complaintsOf(page);
  await page.goto(authorizeUrl());
  await page.evaluate(`document.body.append(
    Object.assign(document.createElement('script'), { textContent: 'document.title = "changed"' }))`);
  expect(await page.title()).toBe('Sign in');
  expect(complaints.join()).toContain('script-src');
});

test('an answer posts itself to the client (form_post)', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await page.goto(system.authorizeUrl({ response_mode: 'form_post' }));
  await signIn(page);
  await press(page, 'Allow');
  expect(await answerAt(page, system)).toMatchObject({ code: expect.any(String), state: 'a-state' });
  expect(new URL(page.url()).search).toBe('');
});

test('without scripts the user posts the answer to the client (form_post)', async () => {
  const system = await startSystem();
  const page = await openQuietWindow({ javaScriptEnabled: false });
  await page.goto(system.authorizeUrl({ response_mode: 'form_post' }));
  await signIn(page);
  await press(page, 'Allow');
  await press(page, 'Continue');
  expect(await answerAt(page, system)).toMatchObject({ code: expect.any(String), state: 'a-state' });
});

test('a sign-in that needs no consent leads to the client', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  await press(page, 'Allow');
  await answerAt(page, system);
  await page.goto(system.authorizeUrl({ prompt: 'login' }));
  await signIn(page, 'al');
  await signIn(page);
  await answerAt(page, system);
  expect(system.application.answers).toHaveLength(2);
});

test.each(['com.example.clock:/callback', 'http://[::1]:9/callback'])(
  'a user is led to a native client at %s',
  async (redirect_uri) => {
    const { authorizeUrl } = await startSystem();
    const page = await openQuietWindow();
    await page.goto(authorizeUrl({ client_id: 'native', redirect_uri }));
    await signIn(page);
    // The browser never requests a redirect that the policy stops.
    const left = page.waitForRequest((request) => request.url().startsWith(redirect_uri));
    await press(page, 'Allow');
    expect(new URL((await left).url()).searchParams.get('state')).toBe('a-state');
  },
);

describe.each([
  ['to another origin', 'http://127.0.0.1:9/home'],
  ['to an app', 'com.example.app:/callback'],
])('a client that leads onward %s is left by', (_where, next) => {
  const startOnward = async (parameters: Record<string, string> = {}) => {
    const system = await startSystem();
    const { onward } = system.application;
    system.application.leadOnTo(next);
    const page = await openQuietWindow();
    await page.goto(system.authorizeUrl({ redirect_uri: onward, ...parameters }));
    return { page, system, onward };
  };
  // The browser never requests a redirect that the policy stops.
  const leaving = (page: Page) => page.waitForRequest((request) => request.url().startsWith(next));

  test.each([{}, { response_mode: 'form_post' }])('a consent %o', async (parameters) => {
    const { page } = await startOnward(parameters);
    await signIn(page);
    await Promise.all([leaving(page), press(page, 'Allow')]);
  });

  test('a refused consent', async () => {
    const { page } = await startOnward();
    await signIn(page);
    await Promise.all([leaving(page), press(page, 'Do not allow')]);
  });

  test('a cancelled sign-in', async () => {
    const { page } = await startOnward();
    await Promise.all([leaving(page), press(page, 'Cancel')]);
  });

  test('a sign-in that needs no consent', async () => {
    const { page, system, onward } = await startOnward();
    await signIn(page);
    await Promise.all([leaving(page), press(page, 'Allow')]);
    const other = await openQuietWindow();
    await other.goto(system.authorizeUrl({ redirect_uri: onward }));
    await Promise.all([leaving(other), signIn(other)]);
  });

  test.each(['Sign out', 'Stay signed in'])('a sign-out page, by "%s"', async (button) => {
    const { page, system, onward } = await startOnward();
    await signIn(page);
    await heading(page);
    const parameters = { client_id: 'calendar', post_logout_redirect_uri: onward };
    await page.goto(`${system.issuer}/logout?${new URLSearchParams(parameters)}`);
    await Promise.all([leaving(page), press(page, button)]);
  });

  test('the sign-out of a browser that is not signed in', async () => {
    const { page, system, onward } = await startOnward();
    const parameters = { client_id: 'calendar', post_logout_redirect_uri: onward };
    const url = `${system.issuer}/logout?${new URLSearchParams(parameters)}`;
    await Promise.all([leaving(page), page.goto(url).catch(() => undefined)]);
  });
});
