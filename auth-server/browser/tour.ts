/** A tour of all pages. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openWindow } from './chromium.ts';
import { type System, startSystem } from './system.ts';
import { enterCode, press, signIn } from './visitor.ts';

const stops: [page: string, heading: string, arrive: (page: Page, system: System) => Promise<unknown>][] = [
  ['sign-in', 'Sign in', (page, { authorizeUrl }) => page.goto(authorizeUrl({ response_mode: 'form_post' }))],
  ['sign-in, refused', 'Sign in', (page) => signIn(page, 'al')],
  ['consent', 'Allow Team calendar?', (page) => signIn(page)],
  ['leading on', 'One moment', stayBefore((page) => press(page, 'Allow'))],
  ['form post', 'One more step', (page) => page.getByRole('link', { name: 'Continue' }).click()],
  ['answered', 'This step is done', (page) => page.goto(page.url().replace('/authorize/', '/interaction/'))],
  [
    'account',
    'Choose an account',
    (page, { authorizeUrl }) => page.goto(authorizeUrl({ prompt: 'select_account' })),
  ],
  ['another account', 'Sign in', (page) => press(page, 'Use another account')],
  ['device code', 'Connect a device', (page, { issuer }) => page.goto(`${issuer}/device`)],
  ['device code, wrong', 'Connect a device', (page) => enterCode(page, 'BBBB-BBBB')],
  [
    'device',
    'Is this your device?',
    async (page, { startDevice }) => enterCode(page, (await startDevice()).user_code),
  ],
  ['device connected', 'Your device is connected', (page) => press(page, 'Yes, it shows this code')],
  ['sign-out', 'Sign out?', (page, { issuer }) => page.goto(`${issuer}/logout?client_id=calendar`)],
  ['signed out', 'You are signed out', (page) => press(page, 'Sign out')],
  [
    'unknown client',
    'This did not work',
    (page, { authorizeUrl }) => page.goto(authorizeUrl({ client_id: 'nobody' })),
  ],
  [
    'foreign address',
    'This did not work',
    (page, { authorizeUrl, issuer }) => page.goto(authorizeUrl({ redirect_uri: issuer })),
  ],
  ['no such page', 'This did not work', (page, { issuer }) => page.goto(`${issuer}/nothing`)],
  ['expired', 'This did not work', (page, { issuer }) => page.goto(`${issuer}/interaction/of-somebody-else`)],
];

/** Arrives at a page that leads on by itself, without being led on. */
function stayBefore(arrive: (page: Page) => Promise<unknown>) {
  return async (page: Page) => {
    await page.route('**/consent', async (route) => {
      // This follows the redirect to the page.
      const response = await route.fetch();
      const { refresh: _, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
    await arrive(page);
    await page.unroute('**/consent');
  };
}

/**
 * Shows each page to a callback. Scripts of the pages are off, because the page that posts itself would be gone too
 * soon; scripts of the callback run.
 */
export async function visitEveryPage(
  options: BrowserContextOptions,
  look: (page: Page, name: string) => Promise<void>,
): Promise<void> {
  const system = await startSystem();
  const page = await openWindow(options);
  const devtools = await page.context().newCDPSession(page);
  const allowScripts = (allowed: boolean) =>
    devtools.send('Emulation.setScriptExecutionDisabled', { value: !allowed });
  for (const [name, title, arrive] of stops) {
    await allowScripts(false);
    await arrive(page, system);
    await page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor();
    await allowScripts(true);
    await look(page, name);
  }
}
