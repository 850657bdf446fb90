/** The introspection endpoint (RFC 7662): its answers, and the clients that get them. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
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

const otherApi = { id: 'other-api', secret: 'mnbvc' };

const startWithClients = async () =>
  startAuthServer({
    APIS_FILE: await temporaryFile([
      { resource: 'http://localhost:5999', name: 'Other', scopes: { other: 'Use the other API' } },
    ]),
    CLIENTS_FILE: await temporaryFile([
      batchRegistration,
      {
        client_id: otherApi.id,
        client_secret: otherApi.secret,
        grant_types: [],
        response_types: [],
        resource: 'http://localhost:5999',
      },
    ]),
  });

describe('an active token', () => {
  test.each([
    ['the resource server that it is for', resourceServer],
    ['the client that it was issued to', webapp],
  ])("that is a user's is answered with all of its claims to %s", async (_who, caller) => {
    const { requestToken, introspect } = await startWithClients();
    const token = await accessToken(await requestToken({ scope: 'epoch_time' }));
    const response = await introspect(token, caller);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ active: true, token_type: 'Bearer', ...decodeJwt(token) });
  });

  test.each([
    ['the resource server that it is for', resourceServer],
    ['the client that it was issued to', batch],
  ])("that is a client's own is answered with all of its claims to %s", async (_who, caller) => {
    const { requestClientToken, introspect } = await startWithClients();
    const token = await accessToken(await requestClientToken());
    const answer = await (await introspect(token, caller)).json();
    expect(answer).toEqual({ active: true, token_type: 'Bearer', ...decodeJwt(token) });
    expect(answer).toMatchObject({ sub: batch.id, client_id: batch.id });
  });

  test.each([
    ['another client', batch],
    ['the resource server of another API', otherApi],
  ])('is answered as inactive, without any claim, to %s', async (_who, caller) => {
    const { requestToken, introspect } = await startWithClients();
    const token = await accessToken(await requestToken());
    const response = await introspect(token, caller);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ active: false });
  });

  test("is inactive to the webapp when it is another client's own", async () => {
    const { requestClientToken, introspect } = await startWithClients();
    const token = await accessToken(await requestClientToken());
    expect(await (await introspect(token, webapp)).json()).toEqual({ active: false });
  });

  test.each(['access_token', 'refresh_token', 'id_token', ''])(
    'is active whatever the hint, such as "%s"',
    async (hint) => {
      const { requestToken, requestClientToken, post } = await startWithClients();
      for (const response of [await requestToken(), await requestClientToken()]) {
        const token = await accessToken(response);
        const answer = await post('/introspect', { token, token_type_hint: hint }, resourceServer);
        expect(await answer.json()).toMatchObject({ active: true, jti: decodeJwt(token).jti });
      }
    },
  );
});

describe('an introspection is refused', () => {
  test('without authentication, whether or not the token is active', async () => {
    const { requestToken, post } = await startAuthServer();
    const token = await accessToken(await requestToken());
    const refusal = await post('/introspect', { token });
    expect(await refusal.clone().json()).toEqual(await (await post('/introspect', { token: 'x' })).json());
    await expectRefusal(refusal, 401, 'invalid_client');
  });

  test('with a wrong secret', async () => {
    const { requestToken, introspect } = await startAuthServer();
    const token = await accessToken(await requestToken());
    const response = await introspect(token, { ...resourceServer, secret: 'wrong' });
    await expectRefusal(response, 401, 'invalid_client');
  });

  test.each([{}, { token: '' }, { token_type_hint: 'access_token' }])(
    'without a token, as in %j',
    async (form) => {
      const { post } = await startAuthServer();
      await expectRefusal(await post('/introspect', { ...form }, resourceServer), 400, 'invalid_request');
    },
  );

  test('with two tokens', async () => {
    const { requestToken, post } = await startAuthServer();
    const token = await accessToken(await requestToken());
    const form: [string, string][] = [
      ['token', token],
      ['token', token],
    ];
    await expectRefusal(await post('/introspect', form, resourceServer), 400, 'invalid_request');
  });

  test('as JSON', async () => {
    const { issuer } = await startAuthServer();
    const response = await fetch(`${issuer}/introspect`, {
      method: 'POST',
      body: JSON.stringify({ token: 'any' }),
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${btoa(`${resourceServer.id}:${resourceServer.secret}`)}`,
      },
    });
    await expectRefusal(response, 415, 'invalid_request');
  });

  test('as a GET, which would leave the token in logs', async () => {
    const { issuer, requestToken } = await startAuthServer();
    const token = await accessToken(await requestToken());
    const response = await fetch(`${issuer}/introspect?token=${token}`, {
      headers: { authorization: `Basic ${btoa(`${resourceServer.id}:${resourceServer.secret}`)}` },
    });
    expect(response.status).toBe(405);
    expect(await response.json()).not.toHaveProperty('active');
  });

  test('when its form is far larger than any token', async () => {
    const { introspect } = await startAuthServer();
    const response = await introspect('x'.repeat(100_000));
    expect([400, 413]).toContain(response.status);
  });
});
