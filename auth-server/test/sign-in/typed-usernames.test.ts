/** Usernames as people and programs send them: with blanks that phones add, and with characters that none has. */
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, webapp } from '../support/auth-server.ts';
import { authorizationUrl, firstParty, thirdParty } from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';
import { UserAgent } from '../support/user-agent.ts';

const blanks = [' alice', 'alice ', '\u00a0alice\u3000', '\talice\t'];

test.each(blanks)('the sign-in page takes %j for alice', async (username) => {
  const { issuer } = await startAuthServer();
  const page = await new UserAgent(issuer).open(authorizationUrl(issuer, thirdParty));
  const consent = await page.press('Sign in', { username, password: 'wonderland' });
  expect(consent.html).toContain('<strong>alice</strong>');
});

test.each(blanks)('the password grant takes %j for alice', async (username) => {
  const { requestToken, introspect } = await startAuthServer();
  const { access_token } = (await (await requestToken({ username })).json()) as { access_token: string };
  expect(await (await introspect(access_token)).json()).toMatchObject({ sub: 'alice' });
});

test('a login hint with blanks suggests the same user each time', async () => {
  const { issuer, lines } = await startAuthServer();
  const browser = new UserAgent(issuer);
  const url = authorizationUrl(issuer, firstParty, { login_hint: 'alice ' });
  await browser.open(url);
  lines.splice(0);
  expect((await browser.open(url)).target?.searchParams.get('code')).toBeTruthy();
  expect(lines.filter(({ path }) => String(path).startsWith('/interaction'))).toEqual([]);
});

test('blanks inside a username, and around a password, count', async () => {
  const { requestToken, introspect } = await startAuthServer();
  const answer = await requestToken({ username: 'alice liddell', password: ' wonder land ' });
  const { access_token } = (await answer.json()) as { access_token: string };
  expect(await (await introspect(access_token)).json()).toMatchObject({ sub: 'alice liddell' });
});

test.each([' bbbb-bbbb ', 'BBBB BBBB', '\u00a0BBBBBBBB'])(
  'the device page takes %j as it was meant',
  async (typed) => {
    const { device, browser } = await begin(await startWithCli());
    const user_code = typed
      .replaceAll(/b{8}/gi, device.user_code)
      .replace(/b{4}.b{4}/i, () =>
        typed.includes('b') ? device.user_code.toLowerCase() : device.user_code.replace('-', ' '),
      );
    const page = await (await browser.open('/device')).press('Continue', { user_code });
    expect(page.heading).toBe('Is this your device?');
  },
);

describe('control characters', () => {
  test.each([
    { username: 'al\0ice' },
    { username: 'alice\x1b' },
    { username: 'ali\nce' },
    { password: 'wonder\0land' },
    { password: 'wonderland\r\n' },
    { password: 'wonder\x7fland' },
  ])('are refused by the password grant: %j', async (credentials) => {
    const { requestToken } = await startAuthServer();
    await expectRefusal(await requestToken(credentials), 400, 'invalid_request');
  });

  test.each(['al\0ice', 'ali\x1bce', 'ali\tce'])(
    'are in no username that signs in on the page: %j',
    async (username) => {
      const { issuer } = await startAuthServer();
      const page = await new UserAgent(issuer).open(authorizationUrl(issuer, thirdParty));
      const refused = await page.press('Sign in', { username, password: 'wonderland' });
      expect(refused.response.status).toBe(400);
      expect(refused.alert).toBe('The username or password is incorrect. Try again.');
    },
  );

  test.each([
    { id: `${webapp.id}\n`, secret: webapp.secret },
    { id: `12\x0034`, secret: webapp.secret },
    { id: webapp.id, secret: `${webapp.secret}\0` },
    { id: webapp.id, secret: `\x7f${webapp.secret}` },
  ])('are in no credentials of a client: %j', async (client) => {
    const { requestToken } = await startAuthServer();
    await expectRefusal(await requestToken({}, client), 401, 'invalid_client');
  });
});
