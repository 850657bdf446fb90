/** Link checkers, and browsers that load ahead, use up nothing: no code, no interaction, no pushed request, no session. */
import { describe, expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
  confirmDevice,
  firstParty,
  thirdParty,
} from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';
import { UserAgent } from '../support/user-agent.ts';

const looks: [how: string, request: RequestInit, status: number][] = [
  ['HEAD', { method: 'HEAD' }, 405],
  ['a prefetch', { headers: { 'sec-purpose': 'prefetch' } }, 403],
  ['a prerender', { headers: { 'sec-purpose': 'prefetch;prerender' } }, 403],
  ['a prefetch of an older browser', { headers: { purpose: 'prefetch' } }, 403],
];

/** Looks at an address in a browser that keeps none of the answer, and follows nothing. */
async function look(browser: UserAgent, address: URL | string, request: RequestInit): Promise<Response> {
  const url = new URL(address, browser.issuer);
  const cookie = browser.cookies
    .filter(({ path }) => url.pathname.startsWith(path))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  const headers = { accept: 'text/html', cookie, ...(request.headers as object) };
  return fetch(url, { ...request, headers, redirect: 'manual' });
}

function expectNothing(response: Response, status: number): void {
  expect(response.status).toBe(status);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(response.headers.get('location')).toBeNull();
  if (status === 405) expect(response.headers.get('allow')).toMatch(/^GET/);
}

describe.each(looks)('%s', (_how, request, status) => {
  test('of an authorization request begins nothing', async () => {
    const { issuer } = await startAuthServer();
    const browser = new UserAgent(issuer);
    for (const path of ['/authorize', '/AUTHORIZE', '/authorize/']) {
      const url = authorizationUrl(issuer, thirdParty);
      url.pathname = path;
      expectNothing(await look(browser, url, request), status);
    }
  });

  test('of an interaction signs nobody in, and of where it goes on makes no code', async () => {
    const { issuer } = await startAuthServer();
    // A first-party client's page signs its user in without asking.
    const browser = new UserAgent(issuer);
    const begun = await fetch(authorizationUrl(issuer, firstParty), { redirect: 'manual' });
    const cookies = begun.headers.getSetCookie().map((line) => line.split(';')[0]);
    const page = new URL(begun.headers.get('location') ?? '', issuer);
    const headers = { ...(request.headers as object), cookie: cookies.join('; ') };
    expectNothing(await look(browser, page, { ...request, headers }), status);

    const signIn = await browser.open(authorizationUrl(issuer, thirdParty));
    expectNothing(await look(browser, signIn.url, request), status);
    const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    expectNothing(await look(browser, consent.url, request), status);
    const { action, fields } = consent.form('Allow');
    const resume = consent.url.pathname.replace('/interaction/', '/authorize/');
    await look(browser, action, { method: 'POST', body: new URLSearchParams(fields) });
    expectNothing(await look(browser, `${consent.url.pathname}/onward`, request), status);
    expectNothing(await look(browser, resume, request), status);
    expect(answerAt(await browser.open(resume))).toHaveProperty('code');
  });

  test('of the device page, and of its complete address, connects nothing', async () => {
    const { device, browser } = await begin(await startWithCli());
    expectNothing(await look(browser, '/device', request), status);
    expectNothing(await look(browser, device.verification_uri_complete, request), status);
    const end = await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
    expect(end.heading).toBe('Your device is connected');
  });

  test('of the sign-out page signs nobody out', async () => {
    const { issuer } = await startAuthServer();
    const browser = new UserAgent(issuer);
    await agree(await browser.open(authorizationUrl(issuer, thirdParty)));
    const page = await browser.open('/logout');
    expectNothing(await look(browser, '/logout', request), status);
    expectNothing(await look(browser, '/logout/success', request), status);
    expect((await page.press('Sign out')).heading).toBe('You are signed out');
  });
});

test('the refusal of a prefetch says what it is', async () => {
  const { issuer } = await startAuthServer();
  const headers = { 'sec-purpose': 'prefetch', accept: 'application/json' };
  const response = await fetch(authorizationUrl(issuer, thirdParty), { headers, redirect: 'manual' });
  expect(await response.json()).toMatchObject({
    detail: 'This address works once, and is not loaded ahead of a visit.',
  });
});

test('what can be read again may be loaded ahead', async () => {
  const { issuer } = await startAuthServer();
  for (const [, request] of looks)
    expect((await fetch(`${issuer}/.well-known/openid-configuration`, request)).status).toBe(200);
});
