/** Choosing an account (prompt=select_account), with scripts and without, and with a keyboard alone. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openQuietWindow } from './chromium.ts';
import { type System, startSystem } from './system.ts';
import { answerAt, comeToConsent, heading, press, signIn } from './visitor.ts';

/** Comes to the page as alice, who has allowed the client. */
async function comeToChoice(page: Page, system: System): Promise<void> {
  await comeToConsent(page, system);
  await press(page, 'Allow');
  await answerAt(page, system);
  await page.goto(system.authorizeUrl({ prompt: 'select_account' }));
  await page.getByRole('heading', { name: 'Choose an account' }).waitFor();
}

test.each([true, false])('a user goes on as who they are (scripts: %s)', async (javaScriptEnabled) => {
  const system = await startSystem();
  const page = await openQuietWindow({ javaScriptEnabled });
  await comeToChoice(page, system);
  const text = await page.locator('main').innerText();
  expect(text).toContain('to continue to Team calendar');
  expect(text).toContain('You are signed in as alice.');
  await press(page, 'Continue as alice');
  expect(await answerAt(page, system)).toMatchObject({ code: expect.any(String) });
});

test.each([true, false])('another user signs in (scripts: %s)', async (javaScriptEnabled) => {
  const system = await startSystem();
  const page = await openQuietWindow({ javaScriptEnabled });
  await comeToChoice(page, system);
  await press(page, 'Use another account');
  expect(await page.getByLabel('Username').inputValue()).toBe('');
  await signIn(page, 'carol');
  // Without scripts the page between the two sessions waits for its button.
  if (!javaScriptEnabled) await press(page, 'Continue');
  await page.getByRole('heading', { name: 'Allow Team calendar?' }).waitFor();
  expect(await page.locator('main').innerText()).toContain('You are signed in as carol.');
  await press(page, 'Allow');
  expect(await answerAt(page, system)).toMatchObject({ code: expect.any(String) });
});

test('Back from the sign-in page leads to the choice, which still works', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToChoice(page, system);
  await press(page, 'Use another account');
  await page.getByLabel('Username').waitFor();
  await page.goBack();
  expect(await heading(page)).toBe('Choose an account');
  await press(page, 'Continue as alice');
  expect(await answerAt(page, system)).toMatchObject({ code: expect.any(String) });
});

test('a keyboard chooses: each button is reached in order, and Enter presses it', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await comeToChoice(page, system);
  for (const name of ['Continue as alice', 'Use another account']) {
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus-visible').innerText()).toBe(name);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.keyboard.type('carol');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wonderland');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Allow Team calendar?' }).waitFor();
});
