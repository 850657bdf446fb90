/** Answers that hold tokens, or could hold them, are kept out of every cache (RFC 6749 §5.1). */
import { expect, test } from 'vitest';
import {
  accessToken,
  batchRegistration,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';

type AuthServer = Awaited<ReturnType<typeof startAuthServer>>;

test.each<[string, number, (server: AuthServer) => Promise<Response>]>([
  ['a token of the password grant', 200, ({ requestToken }) => requestToken()],
  ['a token of the client credentials grant', 200, ({ requestClientToken }) => requestClientToken()],
  ['an unknown scope', 400, ({ requestToken }) => requestToken({ scope: 'date' })],
  ['a refused user', 400, ({ requestToken }) => requestToken({ username: 'al' })],
  ['a refused client', 401, ({ requestToken }) => requestToken({}, { ...webapp, secret: 'wrong' })],
  ['a request without authentication', 401, ({ post }) => post('/token', { grant_type: 'password' })],
  [
    'an introspection',
    200,
    async ({ requestToken, introspect }) => introspect(await accessToken(await requestToken())),
  ],
  ['an introspection without authentication', 401, ({ post }) => post('/introspect', { token: 'any' })],
  ['a revocation', 200, ({ revoke }) => revoke('any')],
])('the answer to %s is not cached', async (_what, status, ask) => {
  const server = await startAuthServer({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });
  const response = await ask(server);
  expect(response.status).toBe(status);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('pragma')).toBe('no-cache');
});
