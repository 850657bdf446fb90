/** What our code assumes of oidc-provider about clients: their metadata, and how they authenticate, pinned on the bare library: an upgrade that changes it fails here. */
// Only src/oidc may import the library otherwise; these tests do so because the library is all that they test.
import { randomUUID } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { describe, expect, test } from 'vitest';
import { makeKey } from '../support/auth-server.ts';
import { client, startBareProvider } from '../support/bare-provider.ts';

describe('the library answers invalid_request, where our mapping is more precise,', () => {
  test('to a client that is not registered for a grant', async () => {
    const { provider, callback, post } = await startBareProvider();
    provider.registerGrantType('password', async () => {}, ['username', 'password']);
    await callback();
    const response = await post('/token', { ...client, grant_type: 'password' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'invalid_request',
      error_description: 'requested grant type is not allowed for this client',
    });
  });

  test('to a request without client authentication', async () => {
    const { callback, post } = await startBareProvider();
    await callback();
    const response = await post('/token', { grant_type: 'client_credentials' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'invalid_request',
      error_description: 'no client authentication mechanism provided',
    });
  });

  test.each([
    [
      'with a raw %',
      'Basic NTAlOng=',
      'client_id and client_secret in the authorization header are not properly encoded',
    ],
    ['with an empty secret', 'Basic eDo=', 'client_secret must be provided in the Authorization header'],
    ['with an empty id', 'Basic Ong=', 'no client authentication mechanism provided'],
    ['without a colon', 'Basic eHg=', 'invalid authorization header value format'],
    ['of another scheme', 'Bearer x', 'invalid authorization header value format'],
  ])('to an Authorization header %s', async (_how, authorization, error_description) => {
    const { provider, callback, post } = await startBareProvider();
    provider.use((ctx, next) => {
      ctx.req.headers.authorization = authorization;
      return next();
    });
    await callback();
    const response = await post('/token', { grant_type: 'client_credentials' });
    expect(await response.json()).toEqual({ error: 'invalid_request', error_description });
  });
});

describe('for client metadata, the library', () => {
  /** Registers a client at a provider with a check of our own, and answers what the check was given. */
  async function checkedBy(metadata: object) {
    let given: object = {};
    const provider = new Provider('http://localhost', {
      jwks: { keys: [(await makeKey('RS256')).jwk] },
      cookies: { keys: [randomUUID()] },
      features: { devInteractions: { enabled: false } },
      extraClientMetadata: {
        properties: ['ours'],
        validator(_ctx, _key, _value, all) {
          given = { ...all };
        },
      },
    });
    await provider.Client.validate({ ...client, ...metadata });
    return given;
  }

  test('accepts redirect URIs that our check does not, and hands them to it as they were sent', async () => {
    const redirect_uris = [
      'http://app.example/callback',
      'https://user@app.example/',
      ' https://app.exa\tmple/\n',
    ];
    expect(await checkedBy({ redirect_uris })).toMatchObject({ redirect_uris });
  });

  test('accepts any name, and hands it to our check', async () => {
    const named = { redirect_uris: ['https://app.example/'], client_name: '\u202e' };
    expect(await checkedBy(named)).toMatchObject(named);
  });

  test('drops unknown members before our check', async () => {
    const unknown = { 'client_name#de': 'App', software_id: 'app', request_uris: ['http://app.example/'] };
    const given = await checkedBy({ redirect_uris: ['https://app.example/'], ...unknown });
    for (const member of Object.keys(unknown)) expect(given).not.toHaveProperty([member]);
  });
});

describe('to authenticate a client the library', () => {
  /** The steps of a request, each with its route and the client that is known by then. */
  async function stepsOf(path: string, credentials: Record<string, string>) {
    const { provider, callback, post } = await startBareProvider();
    const steps: [step: string, route: string | undefined, known: string | undefined][] = [];
    const note = (step: string) =>
      steps.push([step, Provider.ctx?.oidc.route, Provider.ctx?.oidc.client?.clientId]);
    const { find } = provider.Client;
    const compare = provider.Client.prototype.compareClientSecret;
    provider.Client.find = async function noted(id) {
      note(`find ${id}`);
      return find.call(this, id);
    };
    provider.Client.prototype.compareClientSecret = function noted(secret) {
      note(`compare ${secret}`);
      return compare.call(this, secret);
    };
    await callback();
    const { status } = await post(path, { ...credentials, token: 'any', grant_type: 'client_credentials' });
    return { steps, status };
  }

  test.each([
    ['/token', 'token'],
    ['/TOKEN/', 'token'],
    ['/token/introspection', 'introspection'],
    ['/token/revocation', 'revocation'],
    ['/request', 'pushed_authorization_request'],
    ['/device/auth', 'device_authorization'],
  ])('finds it before it compares its secret, within the request to %s', async (path, route) => {
    const { steps, status } = await stepsOf(path, { ...client, client_secret: 'wrong' });
    expect(steps.slice(0, 2)).toEqual([
      ['find client', route, undefined],
      ['compare wrong', route, 'client'],
    ]);
    expect(status).toBe(401);
  });

  test('compares nothing of a client that it does not find', async () => {
    const { steps, status } = await stepsOf('/token', { client_id: 'nobody', client_secret: 'wrong' });
    expect(steps).toEqual([['find nobody', 'token', undefined]]);
    expect(status).toBe(401);
  });
});
