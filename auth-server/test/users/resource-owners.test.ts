/** The resource owners of the password grant: which are accepted, and what a user directory may answer. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { HashingBusy } from '../../src/core/users/password-hasher.ts';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import {
  accessToken,
  batch,
  batchRegistration,
  expectRefusal,
  resourceServer,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';

describe('the directory that accepts anyone', () => {
  test.each([
    ['3 letters', 'bob'],
    ['100 letters', 'b'.repeat(100)],
    ['3 characters outside the basic plane', '🕐'.repeat(3)],
    ['100 characters outside the basic plane', '🕐'.repeat(100)],
  ])('accepts a username of %s', async (_what, username) => {
    const { requestToken } = await startAuthServer();
    expect(decodeJwt(await accessToken(await requestToken({ username }))).sub).toBe(username);
  });

  test.each([
    ['2 letters', 'al'],
    ['101 letters', 'b'.repeat(101)],
    ['2 characters outside the basic plane', '🕐'.repeat(2)],
    ['101 characters outside the basic plane', '🕐'.repeat(101)],
  ])('refuses a username of %s', async (_what, username) => {
    const { requestToken } = await startAuthServer();
    await expectRefusal(await requestToken({ username }), 400, 'invalid_grant');
  });
});

test.each([webapp.id, resourceServer.id, batch.id])(
  'a user cannot have the name %s, which is a client id',
  async (username) => {
    const { requestToken } = await startAuthServer({
      CLIENTS_FILE: await temporaryFile([batchRegistration]),
    });
    await expectRefusal(await requestToken({ username }), 400, 'invalid_grant');
  },
);

test('a server whose directory accepts nobody refuses every resource owner', async () => {
  const { requestToken } = await startAuthServer({ USER_DIRECTORY: 'none' });
  await expectRefusal(await requestToken(), 400, 'invalid_grant');
});

describe('a custom directory', () => {
  const directory = (authenticate: UserDirectory['authenticate']): { users: UserDirectory } => ({
    users: { authenticate, find: async () => undefined },
  });
  const onlyAlice = directory(async (username, password) =>
    username === 'alice' && password === 'wonder land+&é' ? { sub: 'user-17' } : undefined,
  );

  test('is handed the credentials as they were sent, and names the subject', async () => {
    const { requestToken } = await startAuthServer({}, onlyAlice);
    const token = await accessToken(await requestToken({ password: 'wonder land+&é' }));
    expect(decodeJwt(token).sub).toBe('user-17');
  });

  test('refuses with invalid_grant, and does not say what was wrong', async () => {
    const { requestToken } = await startAuthServer({}, onlyAlice);
    const wrongPassword = await requestToken({ password: 'looking-glass' });
    const unknownUser = await requestToken({ username: 'mallory' });
    expect(await wrongPassword.clone().json()).toEqual(await unknownUser.json());
    await expectRefusal(wrongPassword, 400, 'invalid_grant');
  });

  test('cannot make a client the subject', async () => {
    const { requestToken } = await startAuthServer(
      {},
      directory(async () => ({ sub: resourceServer.id })),
    );
    await expectRefusal(await requestToken(), 400, 'invalid_grant');
  });

  test('that fails is answered with a bare server_error, and only the log names the cause', async () => {
    const { requestToken, lines } = await startAuthServer(
      {},
      directory(async () => {
        throw new Error('no route to the directory at 10.1.2.3');
      }),
    );
    const response = await requestToken();
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"error":"server_error"}');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'request.failed',
        requestId: response.headers.get('x-request-id'),
        err: expect.objectContaining({ message: 'no route to the directory at 10.1.2.3' }),
      }),
    );
  });
});

test('a sign-in that is refused because too many passwords wait is one line of the log, without a stack', async () => {
  const users: UserDirectory = {
    authenticate: () => Promise.reject(new HashingBusy()),
    find: async () => undefined,
  };
  const { requestToken, lines } = await startAuthServer({}, { users });
  const refused = await requestToken();
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  const about = lines.filter(({ event, requestId }) => requestId !== undefined && event !== 'http.request');
  expect(about).toEqual([
    expect.objectContaining({ event: 'request.unavailable', msg: 'too many passwords wait to be hashed' }),
  ]);
  expect(JSON.stringify(about)).not.toContain('stack');
});
