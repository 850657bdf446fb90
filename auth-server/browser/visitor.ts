/** Actions of a person on the pages, by the names that a screen reader says. */
import type { Page } from 'playwright-core';
import type { System } from './system.ts';

export async function signIn(page: Page, username = 'alice'): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill('wonderland');
  await press(page, 'Sign in');
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
}

/** The heading of the page that is shown, once no page leads on by itself. */
export function heading(page: Page): Promise<string> {
  return page.locator('h1:not(:text-is("One moment"))').innerText();
}

export async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code shown on your device').fill(code);
  await press(page, 'Continue');
}

/** Opens the application's authorization request, and signs in up to the consent page. */
export async function comeToConsent(page: Page, { authorizeUrl }: System): Promise<void> {
  await page.goto(authorizeUrl());
  await signIn(page);
  await page.getByRole('heading', { name: 'Allow Team calendar?' }).waitFor();
}

/** Waits until the browser is at the application, and answers the parameters that it brought along. */
export async function answerAt(page: Page, { application }: System): Promise<Record<string, string>> {
  await page.waitForURL((url) => url.href.startsWith(application.home));
  return Object.fromEntries(application.answers.at(-1) ?? []);
}
