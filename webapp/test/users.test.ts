/** The user that a call is for: that of its HTTP Basic credentials (RFC 7617), or the default user. */
import { describe, expect, test } from 'vitest';
import { basic, startWebapp, startWithOverrides } from './webapp.ts';

const CHALLENGE = 'Basic realm="webapp", charset="UTF-8"';

test('a call without credentials is for the default user', async () => {
  const { get, grants } = await startWithOverrides();
  await get('/current_time');
  expect(grants.map(({ user }) => user)).toEqual([{ username: 'bob', password: 'builder' }]);
});

test('the default user is a setting', async () => {
  const users: unknown[] = [];
  const { get } = await startWebapp(
    { DEFAULT_USERNAME: 'carol', DEFAULT_PASSWORD: 'songs' },
    {
      getToken: async (user) => {
        users.push(user);
        return { ok: false, refusal: { by: 'auth-server', of: 'user', reason: 'invalid_grant' } };
      },
    },
  );
  await get('/current_time');
  expect(users).toEqual([{ username: 'carol', password: 'songs' }]);
});

test.each([
  ['plain ones', 'alice', 'wonderland'],
  ['a colon in the password', 'alice', 'wonder:land:'],
  ['blanks', 'alice liddell', ' wonder land '],
  ['characters of all kinds', 'älice🐇', 'wünderländ – 不思議'],
  ['a username of 100 characters', 'ü'.repeat(100), 'wonderland'],
])('credentials are passed on as they are: %s', async (_, username, password) => {
  const { get, grants } = await startWithOverrides();
  const response = await get('/current_time', basic(`${username}:${password}`));
  expect(response.status).toBe(200);
  expect(grants.map(({ user }) => user)).toEqual([{ username, password }]);
});

test('the scheme may be written in upper or lower case', async () => {
  const { get, grants } = await startWithOverrides();
  await get('/current_time', { authorization: `bASIC ${btoa('alice:wonderland')}` });
  expect(grants.map(({ user }) => user.username)).toEqual(['alice']);
});

test.each([
  'alice:wonder\nland',
  'alice:wonderland\r',
  'al\0ice:wonderland',
  '\talice:wonderland',
  'alice:wonder\x7fland',
])('credentials with control characters are refused in words: %j', async (pair) => {
  const { get, grants } = await startWithOverrides();
  const response = await get('/current_time', basic(pair));
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
  expect(await response.json()).toMatchObject({
    detail: 'The username and the password must have no control characters, such as line breaks.',
  });
  expect(grants).toEqual([]);
});

describe('malformed credentials are 401 with a Basic challenge, and no token is requested', () => {
  test.each<[what: string, authorization: string]>([
    ['an empty password', basic('alice:').authorization],
    ['an empty username', basic(':wonderland').authorization],
    ['no colon', basic('alice').authorization],
    ['no credentials', 'Basic'],
    ['something that is not base64', 'Basic alice:wonderland'],
    ['two parts', `${basic('alice:wonderland').authorization} more`],
    ['bytes that are not UTF-8', `Basic ${Buffer.from('älice:wonderland', 'latin1').toString('base64')}`],
    ['another scheme', 'Bearer a-token'],
    ['a scheme that only begins like Basic', `BasicX ${btoa('alice:wonderland')}`],
  ])('%s', async (_, authorization) => {
    const { get, grants, calls } = await startWithOverrides();
    const response = await get('/current_time', { authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ status: 401, title: 'Unauthorized' });
    expect(grants).toEqual([]);
    expect(calls).toEqual([]);
  });
});

test.each([
  ['a token', 'Bearer a-token', /by HTTP Basic \(curl -u alice:wonderland\), and no token/],
  ['a token with a proof', 'DPoP a-token', /and no token/],
  ['no colon', basic('alice').authorization, /a username, a colon and a password/],
])('who sends %s is told what to send', async (_what, authorization, told) => {
  const { get } = await startWithOverrides();
  expect(await (await get('/current_time', { authorization })).json()).toMatchObject({
    status: 401,
    detail: expect.stringMatching(told),
  });
});

test('a user that the auth server refuses is 401 with a Basic challenge, and the API is not called', async () => {
  const { get, calls } = await startWithOverrides({
    getToken: async () => ({
      ok: false,
      refusal: { by: 'auth-server', of: 'user', reason: 'invalid_grant' },
    }),
  });
  const response = await get('/current_time', basic('alice:wonderland'));
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
  expect(await response.json()).toMatchObject({ status: 401, detail: expect.stringContaining('refused') });
  expect(calls).toEqual([]);
});

test('the log has the client and the user of a call, and never a password', async () => {
  const { get, lines } = await startWithOverrides();
  await get('/current_time', basic('alice:wonderland'));
  const line = lines.find(({ event }) => event === 'http.request');
  expect(line).toMatchObject({ status: 200, clientId: '1234', user: 'alice' });
  expect(JSON.stringify(lines)).not.toMatch(/wonderland|token-1/);
});
