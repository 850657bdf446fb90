/** Two tabs of one browser: the page in each of them works, whichever was opened last. */
import { describe, expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { agree, authorizationUrl, cliRegistration, confirmDevice, thirdParty } from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';
import { UserAgent } from '../support/user-agent.ts';

const registered = 'http://localhost:5004/';

async function startSignedIn() {
  const server = await startAuthServer({
    CLIENTS_FILE: await temporaryFile([
      { ...cliRegistration, post_logout_redirect_uris: ['http://127.0.0.1:9/bye'] },
    ]),
  });
  const browser = new UserAgent(server.issuer);
  await agree(await browser.open(authorizationUrl(server.issuer, thirdParty)));
  const logout = (client_id: string, post_logout_redirect_uri: string, state: string) =>
    browser.open(`/logout?${new URLSearchParams({ client_id, post_logout_redirect_uri, state })}`);
  return {
    browser,
    logout,
    first: await logout(thirdParty.id, registered, 'one'),
    second: await logout('cli', 'http://127.0.0.1:9/bye', 'two'),
    isSignedIn: async () =>
      (await browser.open(authorizationUrl(server.issuer, thirdParty))).heading !== 'Sign in',
  };
}

describe('of two sign-out pages', () => {
  test.each([
    ['first', `${registered}?state=one`],
    ['second', 'http://127.0.0.1:9/bye?state=two'],
  ] as const)('the %s signs out, and leads to its own client', async (which, target) => {
    const { isSignedIn, ...pages } = await startSignedIn();
    expect((await pages[which].press('Sign out')).target?.href).toBe(target);
    expect(await isSignedIn()).toBe(false);
  });

  test.each([
    ['first', 'second', 'http://127.0.0.1:9/bye?state=two'],
    ['second', 'first', `${registered}?state=one`],
  ] as const)('the one after the %s leads to its own client, too', async (one, other, target) => {
    const { isSignedIn, ...pages } = await startSignedIn();
    await pages[one].press('Sign out');
    expect((await pages[other].press('Sign out')).target?.href).toBe(target);
    expect(await isSignedIn()).toBe(false);
  });

  test('one may stay signed in, and the other sign out', async () => {
    const { first, second, isSignedIn } = await startSignedIn();
    await first.press('Stay signed in');
    expect(await isSignedIn()).toBe(true);
    await second.press('Sign out');
    expect(await isSignedIn()).toBe(false);
  });
});

test('a sign-out page that is older than the sign-in asks again before it signs anybody out', async () => {
  const { browser, first, second, isSignedIn } = await startSignedIn();
  await first.press('Sign out');
  await agree(await browser.open(authorizationUrl(browser.issuer, thirdParty)), 'carol');
  const again = await second.press('Sign out');
  expect(again.heading).toBe('Sign out?');
  expect(await isSignedIn()).toBe(true);
  expect((await again.press('Sign out')).target?.href).toBe('http://127.0.0.1:9/bye?state=two');
});

test('a form that sends an address which is not registered leads nowhere', async () => {
  const { browser, first } = await startSignedIn();
  const { action, fields } = first.form('Sign out');
  const body = { ...fields, xsrf: 'guess', post_logout_redirect_uri: 'https://evil.example/' };
  const page = await browser.open(action, { method: 'POST', body: new URLSearchParams(body) });
  expect(page.target).toBeUndefined();
  expect(page.html).not.toContain('evil.example');
});

test('a browser without cookies is told so, and not sent round in circles', async () => {
  const { issuer } = await startAuthServer();
  const page = await fetch(`${issuer}/logout/confirm`, {
    method: 'POST',
    headers: { accept: 'text/html' },
    body: new URLSearchParams({ xsrf: 'x', logout: 'yes' }),
    redirect: 'manual',
  });
  expect(page.status).toBe(400);
});

test('of many sign-out pages the oldest asks again, and works', async () => {
  const { logout, first } = await startSignedIn();
  for (let nth = 0; nth < 10; nth += 1) await logout(thirdParty.id, registered, 'another');
  const again = await first.press('Sign out');
  expect(again.heading).toBe('Sign out?');
  expect((await again.press('Sign out')).target?.href).toBe(`${registered}?state=one`);
});

test('of two device pages both connect their device', async () => {
  const server = await startWithCli();
  const { device, poll, browser } = await begin(server);
  const other = await begin(server);
  const first = await browser.open('/device');
  const second = await browser.open('/device');
  const confirmFirst = await first.press('Continue', { user_code: device.user_code });
  const confirmSecond = await second.press('Continue', { user_code: other.device.user_code });
  expect(confirmFirst.heading).toBe('Is this your device?');
  expect(confirmSecond.heading).toBe('Is this your device?');
  expect((await agree(await confirmDevice(confirmFirst))).heading).toBe('Your device is connected');
  expect((await agree(await confirmDevice(confirmSecond))).heading).toBe('Your device is connected');
  expect((await poll()).status).toBe(200);
  expect((await other.poll()).status).toBe(200);
});

test('a device page and a sign-out page do not disturb each other', async () => {
  const server = await startWithCli();
  const { device, browser } = await begin(server);
  await agree(await browser.open(authorizationUrl(server.issuer, thirdParty)));
  const connect = await browser.open('/device');
  const leave = await browser.open('/logout');
  const confirm = await connect.press('Continue', { user_code: device.user_code });
  expect((await agree(await confirmDevice(confirm))).heading).toBe('Your device is connected');
  expect((await leave.press('Sign out')).heading).toBe('You are signed out');
});

test('a form that was guessed is refused, however many pages are open', async () => {
  const { browser, first, isSignedIn } = await startSignedIn();
  const { action, fields } = first.form('Sign out');
  for (const xsrf of ['guess', '', fields.xsrf?.toUpperCase() ?? '']) {
    const body = new URLSearchParams({ ...fields, xsrf });
    expect((await browser.open(action, { method: 'POST', body })).heading).toBe('Sign out?');
  }
  expect(await isSignedIn()).toBe(true);
});
