/** The consent page with three APIs, some of it allowed before and some of it optional. */
import { serve } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { authorizationUrl } from '../test/support/code-flow.ts';
import { all, groupsOn, orders, shop, startShop } from '../test/support/three-apis.ts';
import { expectAccessible } from './axe.ts';
import { openQuietWindow, PHONE } from './chromium.ts';
import { press, signIn } from './visitor.ts';

const EVERYTHING = 'openid profile email orders:read orders:write read share pay';

/** Opens the page as alice, who has allowed the shop to see her orders before. */
async function comeToConsent(options: Parameters<typeof openQuietWindow>[0] = {}) {
  const redirectUri = `${await serve((_request, response) => response.end('The shop'))}/callback`;
  const { issuer } = await startShop({ redirect_uris: [redirectUri] });
  const page = await openQuietWindow({ locale: 'de-AT', ...options });
  const ask = (scope: string, resource: string | string[]) =>
    page.goto(String(authorizationUrl(issuer, { ...shop, redirectUri }, { scope, resource })));
  const atShop = () => page.waitForURL((url) => url.href.startsWith(`${redirectUri}?code=`));
  await ask('openid profile orders:read', orders);
  await signIn(page);
  await press(page, 'Allow');
  await atShop();
  await ask(EVERYTHING, all);
  await page.getByRole('heading', { name: 'Allow Shop?' }).waitFor();
  return { page, atShop };
}

test('the eye goes to what is new, in the languages of the browser', async () => {
  const { page } = await comeToConsent();
  expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual([
    'Your account',
    'Bestellungen',
    'Files',
    'Rechnungen',
    'You allowed before',
  ]);
  expect(groupsOn({ html: await page.content() }).before).toEqual({
    'Your account': ['Know who you are', 'See your name and username'],
    Bestellungen: ['Ihre Bestellungen sehen'],
  });
});

test.each([
  ['light', 'a desktop', {}],
  ['dark', 'a desktop', {}],
  ['light', 'a phone', { ...PHONE, viewport: { width: 375, height: 667 } }],
  ['dark', 'a phone', { ...PHONE, viewport: { width: 375, height: 667 } }],
] as const)('the page is accessible in %s colours on %s', async (colorScheme, name, device) => {
  const { page } = await comeToConsent({ colorScheme, ...device });
  await expectAccessible(page, name);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
});

test('on a phone each box is large enough for a finger, by its label', async () => {
  const { page } = await comeToConsent(PHONE);
  const labels = await page.locator('label').all();
  expect(labels.length).toBe(5);
  for (const label of labels) expect((await label.boundingBox())?.height).toBeGreaterThanOrEqual(44);
});

test('a keyboard leaves something out: each box is reached in order, and a space unticks it', async () => {
  const { page, atShop } = await comeToConsent({ javaScriptEnabled: false });
  const labels = [
    'See your email address',
    'Ihre Bestellungen ändern',
    'Read your files',
    'Share your files with others',
    'Read your invoices',
  ];
  for (const label of labels) {
    await page.keyboard.press('Tab');
    expect(await page.locator('label:has(:focus-visible)').innerText()).toBe(label);
  }
  await page.keyboard.press('Space');
  expect(await page.getByRole('checkbox', { name: 'Read your invoices' }).isChecked()).toBe(false);
  expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(labels.length - 1);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus-visible').innerText()).toBe('Allow');
  await page.keyboard.press('Enter');
  await atShop();
});
