/** An interaction belongs to the browser that began it, and ends once. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { answerAt, authorizationUrl, thirdParty } from '../support/code-flow.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

afterEach(() => void vi.useRealTimers());

async function openSignIn() {
  const { issuer } = await startAuthServer();
  const browser = new UserAgent(issuer);
  return { issuer, browser, page: await browser.open(authorizationUrl(issuer, thirdParty)) };
}

const credentials = { username: 'alice', password: 'wonderland' };

function post(
  page: Page,
  button: string,
  filledIn: Record<string, string>,
  headers = {},
): [URL, RequestInit] {
  const { action, fields } = page.form(button, filledIn);
  return [action, { method: 'POST', body: new URLSearchParams(fields), headers }];
}

function expectDeadEnd(page: Page): void {
  expect(page.target).toBeUndefined();
  expect(page.response.status).toBe(400);
  expect(page.heading).toBe('This did not work');
}

describe('another browser', () => {
  test('is shown an error in place of the page', async () => {
    const { issuer, page } = await openSignIn();
    expectDeadEnd(await new UserAgent(issuer).open(page.url));
  });

  test('is shown an error although it began an interaction of its own', async () => {
    const { issuer, page } = await openSignIn();
    const stranger = new UserAgent(issuer);
    await stranger.open(authorizationUrl(issuer, thirdParty));
    expectDeadEnd(await stranger.open(page.url));
  });

  test('cannot sign in, cancel, or decide', async () => {
    const { issuer, page } = await openSignIn();
    const stranger = new UserAgent(issuer);
    expectDeadEnd(await stranger.open(...post(page, 'Sign in', credentials)));
    expectDeadEnd(await stranger.open(...post(page, 'Cancel', {})));
    const consent = await page.press('Sign in', credentials);
    expectDeadEnd(await stranger.open(...post(consent, 'Allow', {})));
    expectDeadEnd(await stranger.open(...post(consent, 'Do not allow', {})));
    expect(answerAt(await consent.press('Allow'))).toHaveProperty('code');
  });

  test('cannot go on where the user has signed in', async () => {
    const { issuer, browser, page } = await openSignIn();
    const consent = await page.press('Sign in', credentials);
    const end = await consent.press('Allow');
    answerAt(end);
    const resume = new URL(`/authorize/${page.url.pathname.split('/')[2]}`, issuer);
    for (const someone of [new UserAgent(issuer), browser]) expectDeadEnd(await someone.open(resume));
  });
});

describe("another site's page", () => {
  test.each(['cross-site', 'same-site'])('that is %s cannot post a form', async (site) => {
    const { browser, page } = await openSignIn();
    const headers = { 'sec-fetch-site': site };
    const forms: [Page, string, Record<string, string>][] = [
      [page, 'Sign in', credentials],
      [page, 'Cancel', {}],
    ];
    for (const form of forms)
      expect((await browser.open(...post(...form, headers))).response.status).toBe(403);
    const consent = await page.press('Sign in', credentials);
    const refused = await browser.open(...post(consent, 'Allow', {}, headers));
    expect(refused.response.status).toBe(403);
    expect(refused.target).toBeUndefined();
  });

  test('can send no cookie of ours with a post, nor read one', async () => {
    const { issuer } = await startAuthServer();
    const response = await fetch(authorizationUrl(issuer, thirdParty), { redirect: 'manual' });
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; samesite=(lax|strict)/i);
      expect(cookie).toMatch(/; httponly/i);
    }
  });
});

test('a form ends with a page that leads on, which holds no code, is not stored, and can be loaded again', async () => {
  const { issuer, browser, page } = await openSignIn();
  const consent = await page.press('Sign in', credentials);
  const [url, request] = post(consent, 'Allow', {});
  const cookie = browser.cookies.map(({ name, value, path }) => [path, `${name}=${value}`] as const);
  const own = cookie.filter(([path]) => url.pathname.startsWith(path)).map(([, pair]) => pair);
  const headers = { accept: 'text/html', cookie: own.join('; ') };
  const posted = await fetch(url, { ...request, headers, redirect: 'manual' });
  expect(posted.status).toBe(303);
  const location = posted.headers.get('location') ?? '';
  for (const _time of ['first', 'second']) {
    const onward = await fetch(new URL(location, issuer), { headers, redirect: 'manual' });
    expect(onward.status).toBe(200);
    const refresh = onward.headers.get('refresh') ?? '';
    const [, target = ''] = refresh.match(/^0;url=(.*)$/) ?? [];
    expect(new URL(target).origin).toBe(issuer);
    const html = await onward.text();
    expect(html).toContain(`<a href="${target}">Continue</a>`);
    expect(html + refresh).not.toContain('code=');
    expect(onward.headers.get('cache-control')).toBe('no-store');
    expect(onward.headers.get('referrer-policy')).toBe('no-referrer');
  }
});

test('a program that posts a form, and shows no pages, is redirected', async () => {
  const { browser, page } = await openSignIn();
  const consent = await page.press('Sign in', credentials);
  const end = await browser.open(...post(consent, 'Allow', {}, { accept: '*/*' }));
  expect(answerAt(end)).toHaveProperty('code');
});

test('the address that leads on leads back to a page that was not answered', async () => {
  const { browser, page } = await openSignIn();
  expect((await browser.open(`${page.url.pathname}/onward`)).heading).toBe('Sign in');
});

test('where an interaction goes on, a browser that comes back is told that it is done', async () => {
  const { issuer, browser, page } = await openSignIn();
  const consent = await page.press('Sign in', credentials);
  answerAt(await consent.press('Allow'));
  const again = await browser.open(new URL(`/authorize/${consent.url.pathname.split('/')[2]}`, issuer));
  expectDeadEnd(again);
  expect(again.html).toContain('This step is done already');
});

describe('an interaction that has ended', () => {
  test.each([['Allow'], ['Do not allow']])('by "%s" is not begun again', async (button) => {
    const { browser, page } = await openSignIn();
    const consent = await page.press('Sign in', credentials);
    answerAt(await consent.press(button));
    for (const again of [
      await browser.open(consent.url),
      await browser.open(...post(consent, 'Allow', {})),
      await browser.open(...post(page, 'Sign in', credentials)),
      await browser.open(...post(page, 'Cancel', {})),
      await browser.open(`${consent.url.pathname}/onward`),
    ]) {
      expect(again.target).toBeUndefined();
      expect(again.response.status).toBe(410);
      expect(again.heading).toBe('This step is done');
      expect(again.html).toContain('You have answered this page already');
    }
  });

  test('because somebody else has signed in is told so', async () => {
    const { issuer, browser, page } = await openSignIn();
    const consent = await page.press('Sign in', credentials);
    const other = await browser.open(authorizationUrl(issuer, thirdParty, { prompt: 'login' }));
    await other.press('Sign in', { ...credentials, username: 'carol' });
    const refused = await consent.press('Allow');
    expectDeadEnd(refused);
    expect(refused.html).toContain('somebody else has signed in');
  });

  test('by its time is an error on a page', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { browser, page } = await openSignIn();
    vi.setSystemTime(Date.now() + 10 * 60_000 + 1_000);
    expectDeadEnd(await browser.open(...post(page, 'Sign in', credentials)));
  });
});

test('a consent cannot be given before there is a user', async () => {
  const { browser, page } = await openSignIn();
  const { action } = page.form('Sign in');
  const consent = new URL(action.pathname.replace('sign-in', 'consent'), action);
  const body = new URLSearchParams({ decision: 'accept' });
  expectDeadEnd(await browser.open(consent, { method: 'POST', body }));
});

test('a browser can have two interactions at once', async () => {
  const { issuer, browser, page } = await openSignIn();
  const second = await browser.open(authorizationUrl(issuer, thirdParty, { state: 'second' }));
  expect(second.url.href).not.toBe(page.url.href);
  const first = await (await page.press('Sign in', credentials)).press('Allow');
  expect(answerAt(first)).toMatchObject({ state: 'the-state', code: expect.any(String) });
  const end = await second.press('Sign in', credentials);
  expect(answerAt(end)).toMatchObject({ state: 'second', code: expect.any(String) });
});
