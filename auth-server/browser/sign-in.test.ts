/** Signing in and deciding, with scripts and without. */
import { expect, test } from 'vitest';
import { openQuietWindow, openWindow } from './chromium.ts';
import { startSystem } from './system.ts';
import { answerAt, comeToConsent, heading, press, signIn } from './visitor.ts';

test.each([true, false])(
  'a user signs in at the second attempt and allows the client (scripts: %s)',
  async (javaScriptEnabled) => {
    const system = await startSystem();
    const page = await openQuietWindow({ javaScriptEnabled });
    await page.goto(system.authorizeUrl());
    expect(await page.locator('main').innerText()).toContain('to continue to Team calendar');

    await signIn(page, 'al');
    expect(await page.getByRole('alert').innerText()).toBe(
      'The username or password is incorrect. Try again.',
    );
    expect(await page.getByLabel('Username').inputValue()).toBe('al');
    expect(await page.getByLabel('Password').inputValue()).toBe('');

    await signIn(page);
    expect(await heading(page)).toBe('Allow Team calendar?');
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
      'Know who you are',
      'See your email address',
      'See the current time',
    ]);
    const text = await page.locator('main').innerText();
    expect(text).toContain('You are signed in as alice.');
    expect(text).toContain(`You will then be sent to ${new URL(system.application.home).host}.`);

    await press(page, 'Allow');
    expect(await answerAt(page, system)).toEqual({
      code: expect.any(String),
      state: 'a-state',
      iss: system.issuer,
    });
  },
);

test.each([true, false])(
  'a user declines, and the client is told (scripts: %s)',
  async (javaScriptEnabled) => {
    const system = await startSystem();
    const page = await openQuietWindow({ javaScriptEnabled });
    await comeToConsent(page, system);
    await press(page, 'Do not allow');
    expect(await answerAt(page, system)).toMatchObject({ error: 'access_denied', state: 'a-state' });
  },
);

test('a user cancels instead of signing in, and the client is told', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await page.goto(system.authorizeUrl());
  await press(page, 'Cancel');
  expect(await answerAt(page, system)).toMatchObject({ error: 'access_denied' });
});

test('who goes back after the consent, and presses again, is told that it is done', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  const { searchParams: _, pathname } = new URL(page.url());
  await press(page, 'Allow');
  await answerAt(page, system);
  await page.goBack();
  // Whether the browser shows the page as it was, or asks for it again, is its own business.
  const allow = page.getByRole('button', { name: 'Allow', exact: true });
  if (await allow.isVisible()) await allow.click();
  expect(new URL(page.url()).pathname).toContain(pathname);
  expect(await heading(page)).toBe('This step is done');
  await page.goForward();
  await page.waitForURL((url) => url.href.startsWith(system.application.home));
  expect(system.application.answers.filter((answer) => answer.has('code'))).not.toHaveLength(0);
});

test('who goes back from the consent to the sign-in page is told that it is done', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  await page.goBack();
  expect(await heading(page)).toBe('This step is done');
  await page.goForward();
  expect(await heading(page)).toBe('Allow Team calendar?');
  await press(page, 'Allow');
  expect(await answerAt(page, system)).toMatchObject({ code: expect.any(String) });
});

test('the second time no page is shown', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  await press(page, 'Allow');
  const first = await answerAt(page, system);

  await page.goto(system.authorizeUrl());
  const second = await answerAt(page, system);
  expect(second).toMatchObject({ code: expect.any(String) });
  expect(second.code).not.toBe(first.code);
});

test('a consent is remembered for the user, in another browser too', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToConsent(page, system);
  await press(page, 'Allow');
  await answerAt(page, system);

  const other = await openQuietWindow();
  await other.goto(system.authorizeUrl());
  await signIn(other);
  await answerAt(other, system);
  expect(system.application.answers).toHaveLength(2);
});

test('the address of a refused form leads back to the page', async () => {
  const system = await startSystem();
  const page = await openWindow();
  await page.goto(system.authorizeUrl());
  await signIn(page, 'al');
  expect(page.url()).toMatch(/\/sign-in$/);
  await page.goto(page.url());
  expect(await heading(page)).toBe('Sign in');
});
