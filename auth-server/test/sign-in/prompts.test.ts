/** What a client may ask of the pages: prompt and max_age (OpenID Connect Core §3.1.2.1). */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
  firstParty,
  type Parameters,
  redeem,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

afterEach(() => void vi.useRealTimers());

/** A browser in which alice is signed in and has allowed the client. */
async function startSignedIn() {
  const server = await startAuthServer();
  const browser = new UserAgent(server.issuer);
  const ask = (parameters: Parameters = {}) =>
    browser.open(
      authorizationUrl(server.issuer, thirdParty, { scope: 'openid current_time', ...parameters }),
    );
  answerAt(await agree(await ask()));
  return { server, browser, ask };
}

async function idTokenOf(server: Awaited<ReturnType<typeof startAuthServer>>, code = '') {
  return decodeJwt((await tokensOf(await redeem(server, code))).id_token);
}

test('prompt=login asks for the password again, and not for what was allowed before', async () => {
  const { ask } = await startSignedIn();
  const page = await ask({ prompt: 'login' });
  expect(page.heading).toBe('Sign in');
  const end = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
  expect(answerAt(end)).toHaveProperty('code');
});

test('prompt=consent asks for what was allowed before, and not for the password', async () => {
  const { ask } = await startSignedIn();
  const page = await ask({ prompt: 'consent' });
  expect(page.heading).toBe('Allow Third-party demo?');
  expect(page.items).toEqual(['Know who you are', 'See the current time']);
  expect(answerAt(await page.press('Allow'))).toHaveProperty('code');
});

test('prompt=login consent asks for both', async () => {
  const { ask } = await startSignedIn();
  const page = await ask({ prompt: 'login consent' });
  expect(page.heading).toBe('Sign in');
  const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
  expect(consent.heading).toBe('Allow Third-party demo?');
  expect(answerAt(await consent.press('Allow'))).toHaveProperty('code');
});

describe('prompt=select_account', () => {
  const ASK = { prompt: 'select_account' };
  const pair = { username: 'carol', password: 'wonderland' };

  test('is one of the prompts that the issuer supports', async () => {
    const { ask } = await startSignedIn();
    expect(answerAt(await ask({ prompt: 'select_acount' }))).toMatchObject({ error: 'invalid_request' });
    expect((await ask(ASK)).response.status).toBe(200);
  });

  test('shows who is signed in, and goes on as them', async () => {
    const { server, ask } = await startSignedIn();
    const page = await ask(ASK);
    expect([page.heading, page.buttons]).toEqual([
      'Choose an account',
      ['Continue as alice', 'Use another account'],
    ]);
    expect(page.html).toContain('Third-party demo');
    const { code } = answerAt(await page.press('Continue as alice'));
    expect((await idTokenOf(server, code)).sub).toBe('alice');
  });

  test('lets the user sign in anew as somebody else, who is asked for consent', async () => {
    const { server, ask } = await startSignedIn();
    const signIn = await (await ask(ASK)).press('Use another account');
    expect([signIn.heading, signIn.valueOf('username')]).toEqual(['Sign in', '']);
    const consent = await signIn.press('Sign in', pair);
    expect(consent.heading).toBe('Allow Third-party demo?');
    const { code } = answerAt(await consent.press('Allow'));
    expect((await idTokenOf(server, code)).sub).toBe('carol');
  });

  test('lets the user try again, and leave', async () => {
    const { ask } = await startSignedIn();
    const signIn = await (await ask(ASK)).press('Use another account');
    const again = await signIn.press('Sign in', { ...pair, username: 'c' });
    expect([again.heading, again.alert]).toEqual([
      'Sign in',
      'The username or password is incorrect. Try again.',
    ]);
    expect(answerAt(await again.press('Cancel'))).toMatchObject({ error: 'access_denied' });
  });

  test('is answered by signing in, by whoever was not signed in or must sign in again', async () => {
    const { ask, server } = await startSignedIn();
    const again = await ask({ prompt: 'login select_account' });
    expect(again.heading).toBe('Sign in');
    expect(answerAt(await again.press('Sign in', { ...pair, username: 'alice' }))).toHaveProperty('code');
    const stranger = await new UserAgent(server.issuer).open(
      authorizationUrl(server.issuer, thirdParty, { scope: 'openid current_time', ...ASK }),
    );
    expect(stranger.heading).toBe('Sign in');
    expect(answerAt(await stranger.press('Sign in', { ...pair, username: 'alice' }))).toHaveProperty('code');
  });

  test('goes along with prompt=consent, and not with prompt=none', async () => {
    const { ask } = await startSignedIn();
    const page = await (await ask({ prompt: 'select_account consent' })).press('Continue as alice');
    expect(page.heading).toBe('Allow Third-party demo?');
    expect(answerAt(await page.press('Allow'))).toHaveProperty('code');
    expect(answerAt(await ask({ prompt: 'select_account none' }))).toMatchObject({
      error: 'invalid_request',
    });
  });

  test('of a first-party client shows who is signed in, too', async () => {
    const { server, browser } = await startSignedIn();
    const url = authorizationUrl(server.issuer, firstParty, { ...ASK, login_hint: 'carol' });
    const page = await browser.open(url);
    expect(page.heading).toBe('Choose an account');
    expect(answerAt(await page.press('Continue as alice'), firstParty)).toHaveProperty('code');
  });

  test('takes no answer to another question, nor from another site', async () => {
    const { ask, browser } = await startSignedIn();
    const { action } = (await ask(ASK)).form('Continue as alice');
    const post = (path: string, body: Record<string, string>, site = 'same-origin') =>
      browser.open(path, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { 'sec-fetch-site': site },
      });
    expect((await post(action.href, { account: 'same' }, 'cross-site')).response.status).toBe(403);
    expect((await post(action.href, { account: 'carol' })).response.status).toBe(400);
    expect(
      (await post(action.href.replace(/account$/, 'consent'), { decision: 'accept' })).response.status,
    ).toBe(400);
    const consent = await ask({ prompt: 'consent' });
    const other = consent.form('Allow').action.href.replace(/consent$/, 'account');
    expect((await post(other, { account: 'same' })).response.status).toBe(400);
    expect((await browser.open(other.replace(/account$/, 'other-account'))).response.status).toBe(400);
  });
});

describe('prompt=none', () => {
  test('is login_required while nobody is signed in', async () => {
    const { issuer } = await startAuthServer();
    const answer = answerAt(
      await new UserAgent(issuer).open(authorizationUrl(issuer, thirdParty, { prompt: 'none' })),
    );
    expect(answer).toMatchObject({ error: 'login_required', state: 'the-state', iss: issuer });
  });

  test('is consent_required for what the user has not allowed', async () => {
    const { ask } = await startSignedIn();
    const answer = answerAt(await ask({ prompt: 'none', scope: 'openid epoch_time' }));
    expect(answer).toMatchObject({ error: 'consent_required', state: 'the-state' });
  });

  test('gives a code once the user has signed in and allowed it', async () => {
    const { ask } = await startSignedIn();
    expect(answerAt(await ask({ prompt: 'none' }))).toHaveProperty('code');
  });

  test('cannot be joined with another', async () => {
    const { ask } = await startSignedIn();
    expect(answerAt(await ask({ prompt: 'none login' }))).toMatchObject({ error: 'invalid_request' });
  });
});

describe('max_age', () => {
  test('of 0 asks for the password each time', async () => {
    const { ask } = await startSignedIn();
    const page = await ask({ max_age: '0' });
    expect(page.heading).toBe('Sign in');
    const end = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(answerAt(end)).toHaveProperty('code');
  });

  test('of a minute asks once a minute has passed, and tells the client when the user signed in', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ask, server } = await startSignedIn();
    const signedInAt = Math.floor(Date.now() / 1000);
    vi.setSystemTime(Date.now() + 50_000);
    const { code } = answerAt(await ask({ max_age: '60' }));
    expect((await idTokenOf(server, code)).auth_time).toBe(signedInAt);

    vi.setSystemTime(Date.now() + 20_000);
    const page = await ask({ max_age: '60' });
    expect(page.heading).toBe('Sign in');
    const end = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect((await idTokenOf(server, answerAt(end).code)).auth_time).toBe(signedInAt + 70);
  });

  test('that has passed is login_required with prompt=none', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ask } = await startSignedIn();
    vi.setSystemTime(Date.now() + 70_000);
    expect(answerAt(await ask({ max_age: '60', prompt: 'none' }))).toMatchObject({ error: 'login_required' });
  });
});
