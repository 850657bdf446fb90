/** Signing out (OpenID Connect RP-Initiated Logout), with scripts and without. */
import { expect, test } from 'vitest';
import { openQuietWindow } from './chromium.ts';
import { startSystem } from './system.ts';
import { answerAt, comeToConsent, heading, press } from './visitor.ts';

test.each([true, false])('the sign-out page asks, and signs out (scripts: %s)', async (javaScriptEnabled) => {
  const system = await startSystem();
  const page = await openQuietWindow({ javaScriptEnabled });
  await comeToConsent(page, system);
  await press(page, 'Allow');
  await answerAt(page, system);

  await page.goto(`${system.issuer}/logout?client_id=calendar`);
  expect(await heading(page)).toBe('Sign out?');
  expect(await page.locator('main').innerText()).toContain('Team calendar asks to sign you out.');
  await page.goto(system.authorizeUrl());
  await answerAt(page, system);

  await page.goto(`${system.issuer}/logout?client_id=calendar`);
  await press(page, 'Sign out');
  expect(await heading(page)).toBe('You are signed out');
  await page.goto(system.authorizeUrl());
  expect(await heading(page)).toBe('Sign in');
});

test('after signing out the user is led to the client', async () => {
  const system = await startSystem();
  const { home } = system.application;
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  await page.goto(
    `${system.issuer}/logout?${new URLSearchParams({ client_id: 'calendar', post_logout_redirect_uri: home })}`,
  );
  await press(page, 'Sign out');
  await page.waitForURL(home);
});

test('a user who stays signed in is told so', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  await page.goto(`${system.issuer}/logout?client_id=calendar`);
  await press(page, 'Stay signed in');
  expect(await heading(page)).toBe('You are still signed in');
});

test('a browser that is not signed in is told that the user is signed out', async () => {
  const { issuer } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(`${issuer}/logout`);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  expect(page.url()).toBe(`${issuer}/logout/success`);
});
