/** The errors of the token endpoint (RFC 6749 §5.2) except those of client authentication. */
import { describe, expect, test } from 'vitest';
import {
  batch,
  batchRegistration,
  expectRefusal,
  resourceServer,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';

const complete: Record<string, string> = {
  grant_type: 'password',
  username: 'alice',
  password: 'wonderland',
  scope: 'current_time',
};
const withBatch = async () => ({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });

describe('invalid_request', () => {
  test.each(['grant_type', 'username', 'password'])('refuses a request without %s', async (missing) => {
    const { post } = await startAuthServer();
    const form = Object.entries(complete).filter(([name]) => name !== missing);
    await expectRefusal(await post('/token', form, webapp), 400, 'invalid_request');
  });

  test.each(['grant_type', 'username', 'password'])('treats an empty %s as a missing one', async (empty) => {
    const { post } = await startAuthServer();
    await expectRefusal(await post('/token', { ...complete, [empty]: '' }, webapp), 400, 'invalid_request');
  });

  test.each([...Object.keys(complete), 'client_id'])('refuses a repeated %s', async (name) => {
    const { post } = await startAuthServer();
    const parameters = { ...complete, client_id: webapp.id };
    const form = [
      ...Object.entries(parameters),
      ...Object.entries(parameters).filter(([key]) => key === name),
    ];
    await expectRefusal(await post('/token', form, webapp), 400, 'invalid_request');
  });

  test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'refuses a form with the content type %s',
    async (contentType) => {
      const { issuer } = await startAuthServer();
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams(complete).toString(),
        headers: {
          'content-type': contentType,
          authorization: `Basic ${btoa(`${webapp.id}:${webapp.secret}`)}`,
        },
      });
      await expectRefusal(response, 415, 'invalid_request');
      expect(response.headers.get('accept-post')).toBe('application/x-www-form-urlencoded');
    },
  );

  test.each([
    ['without a content type', {}],
    [
      'that is compressed',
      { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
    ],
  ])('refuses a form %s, and does not blame what it could not read there', async (_how, headers) => {
    const { issuer } = await startAuthServer();
    const body = Buffer.from(new URLSearchParams({ ...complete, client_id: webapp.id }).toString());
    const sent = { method: 'POST', body, headers: headers as Record<string, string> };
    const response = await fetch(`${issuer}/token`, sent);
    await expectRefusal(response, 415, 'invalid_request');
    expect(response.headers.get('www-authenticate')).toBeNull();
  });
});

describe('unauthorized_client', () => {
  test.each(['password', 'client_credentials', 'authorization_code'])(
    'refuses %s to the resource server, which may use no grant at all',
    async (grantType) => {
      const { post } = await startAuthServer();
      const form = { ...complete, grant_type: grantType };
      await expectRefusal(await post('/token', form, resourceServer), 400, 'unauthorized_client');
    },
  );

  test('refuses the client credentials grant to a client that is registered for other grants only', async () => {
    const { requestClientToken } = await startAuthServer();
    await expectRefusal(await requestClientToken({}, webapp), 400, 'unauthorized_client');
  });

  test('refuses the password grant to a client that is registered for other grants only', async () => {
    const { requestToken } = await startAuthServer(await withBatch());
    await expectRefusal(await requestToken({}, batch), 400, 'unauthorized_client');
  });
});

describe('unsupported_grant_type', () => {
  test.each(['implicit', 'passwords', 'urn:ietf:params:oauth:grant-type:saml2-bearer'])(
    'refuses the grant type %s',
    async (grantType) => {
      const { requestToken } = await startAuthServer();
      await expectRefusal(await requestToken({ grant_type: grantType }), 400, 'unsupported_grant_type');
    },
  );

  test('refuses the password grant while it is turned off, and discovery does not offer it', async () => {
    const { issuer, requestToken } = await startAuthServer({ PASSWORD_GRANT: 'off' });
    await expectRefusal(await requestToken(), 400, 'unsupported_grant_type');
    const discovered = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(discovered).toMatchObject({ grant_types_supported: expect.not.arrayContaining(['password']) });
  });

  test('refuses other grants to the webapp as before while the password grant is turned off', async () => {
    const { requestClientToken } = await startAuthServer({ PASSWORD_GRANT: 'off' });
    await expectRefusal(await requestClientToken({}, webapp), 400, 'unauthorized_client');
  });
});

describe.each(['password', 'client_credentials'])('with the %s grant', (grant) => {
  const start = async () => {
    const server = await startAuthServer(await withBatch());
    return grant === 'password' ? server.requestToken : server.requestClientToken;
  };

  test.each([
    'date',
    'current_time date',
    'date epoch_time',
    'Current_Time',
    'openid',
    'current_time  epoch_time',
  ])('the scope "%s" is an invalid_scope', async (scope) => {
    const request = await start();
    await expectRefusal(await request({ scope }), 400, 'invalid_scope');
  });

  test.each([
    'https://other.example',
    'http://localhost:5002/other',
    'current_time',
    'http://localhost:5002#x',
  ])('the resource %s is an invalid_target', async (resource) => {
    const request = await start();
    await expectRefusal(await request({ resource }), 400, 'invalid_target');
  });

  test('the identifier of the API is accepted as the resource', async () => {
    const request = await start();
    expect((await request({ resource: 'http://localhost:5002' })).status).toBe(200);
  });
});
