/** Consent: what the page says, what either answer leads to, and for whom it is remembered. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  api,
  authorizationUrl,
  redeem,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const other = { id: 'other', secret: 'mnbvc', redirectUri: 'https://other.example/callback' };
const otherRegistration = {
  client_id: other.id,
  client_secret: other.secret,
  client_name: 'Others & <b>Sons</b>',
  redirect_uris: [other.redirectUri],
};

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([otherRegistration]) });
const signIn = (page: Page, username = 'alice') =>
  page.press('Sign in', { username, password: 'wonderland' });

async function openConsent(client = thirdParty, parameters = {}) {
  const server = await start();
  const browser = new UserAgent(server.issuer);
  const url = authorizationUrl(server.issuer, client, parameters);
  return { server, browser, url, page: await signIn(await browser.open(url)) };
}

describe('the page', () => {
  test('names the client, the user and where they go next', async () => {
    const { page } = await openConsent();
    expect(page.response.status).toBe(200);
    expect(page.heading).toBe('Allow Third-party demo?');
    for (const text of ['alice', 'localhost:5004']) expect(page.html).toContain(`<strong>${text}</strong>`);
  });

  test('says in words what each scope allows', async () => {
    const scope = 'openid profile email offline_access current_time epoch_time';
    const { page } = await openConsent(thirdParty, { scope, prompt: 'consent' });
    expect(page.items).toEqual([
      'Know who you are',
      'See your name and username',
      'See your email address',
      'Keep this access while you are away',
      'See the current time',
      'See the time as seconds since 1970',
    ]);
  });

  test('names both endpoints when the client asks for no scope, and grants them', async () => {
    const { page, server } = await openConsent(thirdParty, { scope: undefined });
    expect(page.items).toEqual(['See the current time', 'See the time as seconds since 1970']);
    const { code = '' } = answerAt(await page.press('Allow'));
    expect((await tokensOf(await redeem(server, code))).scope).toBe('current_time epoch_time');
  });

  test("shows a client's name as text", async () => {
    const { page } = await openConsent(other);
    expect(page.html).not.toContain('<b>');
    expect(page.heading).toBe('Allow Others & <b>Sons</b>?');
  });
});

test('who declines is sent back as access_denied, and is asked again the next time', async () => {
  const { page, server, browser, url } = await openConsent();
  const answer = answerAt(await page.press('Do not allow'));
  expect(answer).toMatchObject({ error: 'access_denied', state: 'the-state', iss: server.issuer });
  expect(answer).not.toHaveProperty('code');
  expect((await browser.open(url)).heading).toBe('Allow Third-party demo?');
});

test('who allows is sent back with a code for tokens of what they allowed', async () => {
  const { page, server } = await openConsent();
  const { code = '', ...answer } = answerAt(await page.press('Allow'));
  expect(answer).toEqual({ state: 'the-state', iss: server.issuer });
  const tokens = await tokensOf(await redeem(server, code));
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 5, refresh_token: expect.any(String) });
  const claims = { sub: 'alice', client_id: thirdParty.id, aud: api, scope: 'current_time' };
  expect(decodeJwt(tokens.access_token)).toMatchObject(claims);
});

describe('a consent', () => {
  async function given() {
    const consent = await openConsent();
    answerAt(await consent.page.press('Allow'));
    return consent;
  }

  test('is remembered in the same browser', async () => {
    const { browser, url } = await given();
    expect(answerAt(await browser.open(url))).toHaveProperty('code');
  });

  test('is remembered in a new browser once its user has signed in', async () => {
    const { server, url } = await given();
    const page = await new UserAgent(server.issuer).open(url);
    expect(answerAt(await signIn(page))).toHaveProperty('code');
  });

  test("is not another user's", async () => {
    const { server, url } = await given();
    const page = await signIn(await new UserAgent(server.issuer).open(url), 'carol');
    expect(page.heading).toBe('Allow Third-party demo?');
  });

  test("is not another client's", async () => {
    const { browser, server } = await given();
    const page = await browser.open(authorizationUrl(server.issuer, other));
    expect(page.heading).toBe('Allow Others & <b>Sons</b>?');
  });

  test('is not for scopes that were not named', async () => {
    const { browser, server, url } = await given();
    const scope = 'current_time epoch_time';
    const page = await browser.open(authorizationUrl(server.issuer, thirdParty, { scope }));
    expect(page.heading).toBe('Allow Third-party demo?');
    answerAt(await page.press('Allow'));
    expect(answerAt(await browser.open(url))).toHaveProperty('code');
  });

  test('does not go to the user whom the browser signs in next', async () => {
    const { browser, server } = await given();
    const again = authorizationUrl(server.issuer, thirdParty, { prompt: 'login' });
    const page = await signIn(await browser.open(again), 'carol');
    expect(page.heading).toBe('Allow Third-party demo?');
    const { code = '' } = answerAt(await agree(page));
    const { access_token } = await tokensOf(await redeem(server, code));
    expect(decodeJwt(access_token).sub).toBe('carol');
  });
});
