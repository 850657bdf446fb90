/** What a client may ask of the pages: prompt and max_age (OpenID Connect Core §3.1.2.1). */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
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
  return { server, ask };
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
