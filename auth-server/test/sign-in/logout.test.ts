/** RP-initiated logout: the page asks, and only a registered address is gone to afterwards. */
import { decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { makeKey, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  authorizationUrl,
  isActive,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const registered = 'http://localhost:5004/';

async function startSignedIn(environment: Record<string, string> = {}) {
  const server = await startAuthServer(environment);
  const browser = new UserAgent(server.issuer);
  const tokens = await tokensFor(server, thirdParty, { scope: 'openid current_time' }, browser);
  const logout = (parameters: Record<string, string> = {}) =>
    browser.open(`/logout?${new URLSearchParams(parameters)}`);
  const isSignedIn = async () =>
    (await browser.open(authorizationUrl(server.issuer, thirdParty))).heading !== 'Sign in';
  return { server, browser, tokens, logout, isSignedIn };
}

test('the page asks, names the client, and signs nobody out by itself', async () => {
  const { logout, tokens, isSignedIn } = await startSignedIn();
  const page = await logout({ id_token_hint: tokens.id_token });
  expect(page.heading).toBe('Sign out?');
  expect(page.html).toContain('Third-party demo');
  expect(await isSignedIn()).toBe(true);
});

test('an id_token_hint tells the client when ES256 signed it, too', async () => {
  const JWKS_FILE = await temporaryFile({ keys: [(await makeKey('ES256')).jwk] });
  const { logout, tokens } = await startSignedIn({ JWKS_FILE });
  expect(decodeProtectedHeader(String(tokens.id_token)).alg).toBe('ES256');
  expect((await logout({ id_token_hint: tokens.id_token })).html).toContain('Third-party demo');
});

test('who says yes is signed out and told so', async () => {
  const { logout, isSignedIn } = await startSignedIn();
  const page = await (await logout()).press('Sign out');
  expect(page.heading).toBe('You are signed out');
  expect(await isSignedIn()).toBe(false);
});

test('who stays is still signed in', async () => {
  const { logout, isSignedIn } = await startSignedIn();
  await (await logout()).press('Stay signed in');
  expect(await isSignedIn()).toBe(true);
});

test('the old cookies of who has signed out are of no use', async () => {
  const { logout, browser, isSignedIn } = await startSignedIn();
  const { cookies } = browser;
  await (await logout()).press('Sign out');
  browser.cookies = cookies;
  expect(await isSignedIn()).toBe(false);
});

test.each([
  ['an id_token_hint', (id_token: string) => ({ id_token_hint: id_token })],
  ['a client_id', () => ({ client_id: thirdParty.id })],
])(
  'the registered address is gone to afterwards, with the state, when %s names the client',
  async (_how, hint) => {
    const { logout, tokens } = await startSignedIn();
    const page = await logout({
      ...hint(tokens.id_token),
      post_logout_redirect_uri: registered,
      state: 'a state',
    });
    const { target } = await page.press('Sign out');
    expect(target?.href).toBe(`${registered}?state=a+state`);
  },
);

test('the page that leads on to a client is stored nowhere and tells it nothing but the state', async () => {
  const { logout, browser } = await startSignedIn();
  const page = await logout({
    client_id: thirdParty.id,
    post_logout_redirect_uri: registered,
    state: '"><b>',
  });
  const end = await page.press('Sign out');
  expect(end.response.status).toBe(200);
  expect(end.response.headers.get('cache-control')).toBe('no-store');
  expect(end.response.headers.get('refresh')).toBe(`0;url=${registered}?state=%22%3E%3Cb%3E`);
  expect(end.html).toContain(`<a href="${registered}?state=%22%3E%3Cb%3E">Continue</a>`);
  expect(browser.cookies.filter(({ name }) => name === '_session')).toEqual([]);
});

describe('another address', () => {
  test.each([
    'http://localhost:5004',
    'http://localhost:5004/?x',
    'http://localhost:5004/bye',
    'https://evil.example/',
  ])('such as %s is refused, before anything is asked', async (post_logout_redirect_uri) => {
    const { logout, tokens, isSignedIn } = await startSignedIn();
    const page = await logout({ id_token_hint: tokens.id_token, post_logout_redirect_uri });
    // A URL without a path is the URL with the path "/", and the library compares them as they are written.
    expect(page.target).toBeUndefined();
    expect(page.response.status).toBe(400);
    expect(page.heading).toBe('This did not work');
    expect(await isSignedIn()).toBe(true);
  });

  test('is not gone to when no client is named', async () => {
    const { logout } = await startSignedIn();
    const page = await (await logout({ post_logout_redirect_uri: registered })).press('Sign out');
    expect(page.target).toBeUndefined();
    expect(page.heading).toBe('You are signed out');
  });
});

describe('a request that is not sound', () => {
  test.each([
    ['an ID token that is none', { id_token_hint: 'a.b.c' }],
    ['a client that is not known', { client_id: 'nobody' }],
  ])('is refused for %s', async (_what, parameters) => {
    const { logout } = await startSignedIn();
    const page = await logout(parameters);
    expect(page.response.status).toBe(400);
    expect(page.heading).toBe('This did not work');
  });

  test('is refused for an ID token of another issuer', async () => {
    const { logout } = await startSignedIn();
    const other = await tokensFor(await startAuthServer(), thirdParty, { scope: 'openid' });
    expect((await logout({ id_token_hint: other.id_token })).response.status).toBe(400);
  });
});

test('a confirmation from another page signs nobody out, and the page asks again', async () => {
  const { logout, browser, isSignedIn } = await startSignedIn();
  const { action, fields } = (await logout()).form('Sign out');
  const forged = new URLSearchParams({ ...fields, xsrf: 'guess' });
  expect((await browser.open(action, { method: 'POST', body: forged })).heading).toBe('Sign out?');
  expect(await isSignedIn()).toBe(true);
});

test('who was not signed in is told that sign-out is done', async () => {
  const { issuer } = await startAuthServer();
  expect((await new UserAgent(issuer).open('/logout')).heading).toBe('You are signed out');
});

test('access that was given to a client for longer outlives the session', async () => {
  const { server, logout, tokens } = await startSignedIn();
  await (await logout()).press('Sign out');
  const { access_token } = await tokensOf(await refresh(server, tokens.refresh_token));
  expect(await isActive(server, access_token)).toBe(true);
});

test('the request may be posted', async () => {
  const { browser, tokens } = await startSignedIn();
  const body = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: registered });
  const page = await browser.open('/logout', { method: 'POST', body });
  expect(page.heading).toBe('Sign out?');
  expect((await page.press('Sign out')).target?.href).toBe(registered);
});
