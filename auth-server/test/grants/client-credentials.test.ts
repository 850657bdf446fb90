/** The client credentials grant (RFC 6749 §4.4), for clients that are registered for it in CLIENTS_FILE. */
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import {
  accessToken,
  batch,
  batchRegistration,
  startAuthServer,
  temporaryFile,
} from '../support/auth-server.ts';

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });

test('gives the requested scope, in a token whose subject is the client', async () => {
  const { issuer, requestClientToken } = await start();
  const response = await requestClientToken({ scope: 'epoch_time' });
  expect(response.status).toBe(200);
  const body = (await response.json()) as { access_token: string };
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 5,
    scope: 'epoch_time',
  });
  const claims = decodeJwt(body.access_token);
  expect(claims).toEqual({
    iss: issuer,
    aud: 'http://localhost:5002',
    sub: batch.id,
    client_id: batch.id,
    scope: 'epoch_time',
    jti: expect.any(String),
    iat: expect.any(Number),
    exp: (claims.iat ?? 0) + 5,
  });
});

test('gives both scopes to a client that asks for none', async () => {
  const { requestClientToken } = await start();
  const token = await accessToken(await requestClientToken());
  expect(decodeJwt(token).scope).toBe('current_time epoch_time');
});

test('gives each token an id of its own', async () => {
  const { requestClientToken } = await start();
  const tokens = await Promise.all(Array.from({ length: 10 }, () => requestClientToken().then(accessToken)));
  expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(10);
});
