/** The sign-in page: who gets in, who does not, and what the page gives away. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { startAuthServer, webapp } from '../support/auth-server.ts';
import { agree, answerAt, authorizationUrl, redeem, thirdParty, tokensOf } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

async function openSignIn(parameters = {}) {
  const server = await startAuthServer();
  const browser = new UserAgent(server.issuer);
  const page = await browser.open(authorizationUrl(server.issuer, thirdParty, parameters));
  return { server, browser, page };
}

test('it names the client and asks for a username and a password', async () => {
  const { page } = await openSignIn();
  expect(page.response.status).toBe(200);
  expect(page.heading).toBe('Sign in');
  expect(page.html).toContain('Third-party demo');
  expect(page.valueOf('username')).toBe('');
  expect(page.html).toMatch(/<input[^>]*name="password"[^>]*type="password"/);
});

test('it allows no script, no framing, no cache and no referrer', async () => {
  const { headers } = (await openSignIn()).page.response;
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|script-src [^;]/);
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
});

test('it lets its forms lead nowhere but to this server', async () => {
  const { headers } = (await openSignIn()).page.response;
  const sources = headers
    .get('content-security-policy')
    ?.match(/form-action ([^;]*)/)?.[1]
    ?.split(' ');
  expect(sources).toEqual(["'self'"]);
});

describe('a wrong username', () => {
  test.each(['al', 'a'.repeat(101), webapp.id])('such as %s is refused on the page', async (username) => {
    const { page } = await openSignIn();
    const refused = await page.press('Sign in', { username, password: 'wonderland' });
    expect(refused.response.status).toBe(400);
    expect(refused.heading).toBe('Sign in');
    expect(refused.alert).toBe('The username or password is incorrect. Try again.');
    expect(refused.valueOf('username')).toBe(username);
    expect(refused.html).not.toContain('wonderland');
  });

  test('is shown as it was typed, and never as markup', async () => {
    const { page } = await openSignIn();
    const username = `"><script>alert('x')</script>${'x'.repeat(100)}`;
    const refused = await page.press('Sign in', { username, password: 'wonderland' });
    expect(refused.html).not.toContain('<script');
    expect(refused.valueOf('username')).toBe(username);
  });

  test('can be put right on the same page', async () => {
    const { page } = await openSignIn();
    const refused = await page.press('Sign in', { username: 'al', password: 'wonderland' });
    const consent = await refused.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(consent.heading).toBe('Allow Third-party demo?');
  });
});

test('an empty password is refused', async () => {
  const { page } = await openSignIn();
  const refused = await page.press('Sign in', { username: 'alice', password: '' });
  expect(refused.response.status).toBe(400);
  expect(refused.alert).toBeDefined();
});

test('a form without its fields is refused', async () => {
  const { page, browser } = await openSignIn();
  const { action } = page.form('Sign in');
  const body = new URLSearchParams({ username: 'alice' });
  expect((await browser.open(action, { method: 'POST', body })).response.status).toBe(400);
});

test('it is filled in with the login_hint, and another user may sign in all the same', async () => {
  const { page, server } = await openSignIn({ login_hint: 'alice' });
  expect(page.valueOf('username')).toBe('alice');
  const { code = '' } = answerAt(await agree(page, 'carol'));
  const { access_token } = await tokensOf(await redeem(server, code));
  expect(decodeJwt(access_token).sub).toBe('carol');
});

test('who cancels is sent back as access_denied', async () => {
  const { page, server } = await openSignIn();
  expect(answerAt(await page.press('Cancel'))).toMatchObject({
    error: 'access_denied',
    state: 'the-state',
    iss: server.issuer,
  });
});
