/** The pages used only with a keyboard, and on a phone. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openQuietWindow, PHONE } from './chromium.ts';
import { startSystem } from './system.ts';
import { visitEveryPage } from './tour.ts';
import { answerAt, heading } from './visitor.ts';

test.each([
  [1, { code: expect.any(String) }],
  [2, { error: 'access_denied' }],
])('a keyboard signs in and decides: Tab %i times, then Enter', async (tabs, answer) => {
  const system = await startSystem();
  const page = await openQuietWindow();
  await page.goto(system.authorizeUrl());
  await expectVisibleFocus(page, 'Username');
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await expectVisibleFocus(page, 'Password');
  await page.keyboard.type('wonderland');
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Allow Team calendar?' }).waitFor();
  for (let tab = 0; tab < tabs; tab += 1) await page.keyboard.press('Tab');
  await expectVisibleFocus(page, tabs === 1 ? 'Allow' : 'Do not allow');
  await page.keyboard.press('Enter');
  expect(await answerAt(page, system)).toMatchObject(answer);
});

test('a keyboard reaches every control of the sign-in page in order', async () => {
  const { authorizeUrl } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(authorizeUrl());
  for (const name of ['Username', 'Password', 'Sign in', 'Cancel']) {
    await expectVisibleFocus(page, name);
    await page.keyboard.press('Tab');
  }
});

test('after a refused attempt the focus is on the password', async () => {
  const { authorizeUrl } = await startSystem();
  const page = await openQuietWindow();
  await page.goto(authorizeUrl());
  await page.keyboard.type('al');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wonderland');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await expectVisibleFocus(page, 'Password');
  expect(await heading(page)).toBe('Sign in');
});

test('on a phone no page scrolls sideways, and all controls are large enough', async () => {
  await visitEveryPage(PHONE, async (page, name) => {
    expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(360);
    for (const target of await page.locator('button, input:not([type=hidden]), a').all()) {
      const box = await target.boundingBox();
      expect(box?.height, `${name}: ${await target.textContent()}`).toBeGreaterThanOrEqual(44);
    }
  });
});

/** Expects a ring around the focused control. */
async function expectVisibleFocus(page: Page, name: string): Promise<void> {
  const focused = page.locator(':focus-visible');
  await focused.waitFor();
  const [label, style, width] = await page.evaluate<[string, string, number]>(`(() => {
    const focused = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(focused);
    return [(focused.labels[0] ?? focused).textContent, outlineStyle, parseFloat(outlineWidth)];
  })()`);
  expect([label, style]).toEqual([name, 'solid']);
  expect(width).toBeGreaterThanOrEqual(2);
}
