/** Client authentication (RFC 6749 §2.3), and its error (§5.2). */
import { describe, expect, test } from 'vitest';
import {
  batchRegistration,
  expectRefusal,
  resourceServer,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';

const passwordGrant = { grant_type: 'password', username: 'alice', password: 'wonderland' };

/** Posts a form to an endpoint that needs authentication, with or without an Authorization header. */
async function postWith(authorization: string | undefined, form: Record<string, string> = passwordGrant) {
  const { issuer } = await startAuthServer();
  return fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: authorization === undefined ? {} : { authorization },
  });
}

async function expectChallenge(response: Response): Promise<void> {
  await expectRefusal(response, 401, 'invalid_client');
  expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
}

describe('a client is accepted', () => {
  test('with its secret in the form', async () => {
    const response = await postWith(undefined, {
      ...passwordGrant,
      client_id: webapp.id,
      client_secret: webapp.secret,
    });
    expect(response.status).toBe(200);
  });

  test('with percent-encoded Basic credentials', async () => {
    const registration = { ...batchRegistration, client_id: 'a:b c', client_secret: 'p+q%r:s&t' };
    const { requestClientToken } = await startAuthServer({
      CLIENTS_FILE: await temporaryFile([registration]),
    });
    const encoded = {
      id: encodeURIComponent(registration.client_id),
      secret: encodeURIComponent(registration.client_secret),
    };
    expect((await requestClientToken({}, encoded)).status).toBe(200);
  });
});

describe('401 invalid_client and a Basic challenge answer', () => {
  test.each([
    ['an unknown client', { id: 'nobody', secret: webapp.secret }],
    ['a wrong secret', { id: webapp.id, secret: 'wrong' }],
    ["another client's secret", { id: webapp.id, secret: resourceServer.secret }],
    ['an empty secret', { id: webapp.id, secret: '' }],
  ])('%s in the header', async (_what, { id, secret }) => {
    await expectChallenge(await postWith(`Basic ${btoa(`${id}:${secret}`)}`));
  });

  test.each([
    ['an unknown client', { client_id: 'nobody', client_secret: webapp.secret }],
    ['a wrong secret', { client_id: webapp.id, client_secret: 'wrong' }],
    ['no secret', { client_id: webapp.id }],
  ])('%s in the form', async (_what, credentials) => {
    await expectChallenge(await postWith(undefined, { ...passwordGrant, ...credentials }));
  });

  test('a request without any authentication', async () => {
    await expectChallenge(await postWith(undefined));
  });

  test('an authentication scheme that is not supported', async () => {
    await expectChallenge(await postWith('Bearer abcdefgh'));
  });

  test.each(['/introspect', '/revoke'])('a request to %s without any authentication', async (path) => {
    const { post } = await startAuthServer();
    await expectChallenge(await post(path, { token: 'any' }));
  });
});

describe('a client that cannot be named is told what is wrong:', () => {
  const basic = (pair: string) => `Basic ${btoa(pair)}`;
  const form = { ...passwordGrant };

  test.each<[string, string | undefined, Record<string, string>, RegExp]>([
    ['nothing names it', undefined, form, /authentication is required/],
    ['its id is empty', undefined, { ...form, client_id: '' }, /client_id is missing or empty/],
    ['it sends a secret alone', undefined, { ...form, client_secret: 'x' }, /client_id is missing or empty/],
    ['a raw % in its secret', basic('1234:50%off'), form, /percent-encoded/],
    ['a raw % in its id', basic('50%:secret'), form, /percent-encoded/],
    [
      'a raw % beside its id in the form',
      basic('1234:50%'),
      { ...form, client_id: '1234' },
      /percent-encoded/,
    ],
    ['an empty id in the header', basic(':qwerty'), form, /client id in the Authorization header is empty/],
    [
      'an empty secret in the header',
      basic('1234:'),
      form,
      /client secret in the Authorization header is empty/,
    ],
    ['no colon', basic('1234'), form, /client id, a colon and the client secret/],
    ['credentials that are not base64', 'Basic 1234:qwerty', form, /base64/],
    ['no credentials', 'Basic', form, /base64/],
    ['another scheme', 'Bearer abcdefgh', form, /scheme Basic/],
  ])('%s', async (_what, authorization, parameters, told) => {
    const response = await postWith(authorization, parameters);
    const { error_description } = (await response.clone().json()) as { error_description: string };
    expect(error_description).toMatch(told);
    await expectChallenge(response);
  });
});

describe('400 invalid_request answers', () => {
  test('a secret in the header and another in the form', async () => {
    const response = await postWith(`Basic ${btoa(`${webapp.id}:${webapp.secret}`)}`, {
      ...passwordGrant,
      client_id: webapp.id,
      client_secret: webapp.secret,
    });
    await expectRefusal(response, 400, 'invalid_request');
  });

  test('a client id in the form that is not the one in the header', async () => {
    const form = { ...passwordGrant, client_id: resourceServer.id };
    const response = await postWith(`Basic ${btoa(`${webapp.id}:${webapp.secret}`)}`, form);
    await expectRefusal(response, 400, 'invalid_request');
  });
});
