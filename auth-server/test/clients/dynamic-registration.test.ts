/** Dynamic client registration (RFC 7591), for clients with the initial access token. */
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import { authorizationUrl, isActive, refresh, tokensFor, tokensOf } from '../support/code-flow.ts';
import {
  INITIAL_ACCESS_TOKEN,
  metadata,
  type Registered,
  redirectUri,
  startRegistry,
} from '../support/registry.ts';
import { UserAgent } from '../support/user-agent.ts';

const discover = async (issuer: string) =>
  (await fetch(`${issuer}/.well-known/openid-configuration`)).json() as Promise<object>;

test('registration is neither offered nor advertised unless it is turned on', async () => {
  const { server, register } = await startRegistry({});
  expect((await register()).status).toBe(404);
  expect(await discover(server.issuer)).not.toHaveProperty('registration_endpoint');
});

test('registration is advertised when it is turned on', async () => {
  const { server } = await startRegistry();
  expect(await discover(server.issuer)).toMatchObject({ registration_endpoint: `${server.issuer}/register` });
});

describe('a registration is refused', () => {
  test('without the initial access token', async () => {
    const { send, server } = await startRegistry();
    const response = await send('POST', `${server.issuer}/register`, undefined, metadata);
    expect([400, 401]).toContain(response.status);
    expect(await response.json()).not.toHaveProperty('client_id');
  });

  test.each(['wrong', `${INITIAL_ACCESS_TOKEN}x`])('with the token %s', async (token) => {
    const { register } = await startRegistry();
    await expectRefusal(await register(metadata, token), 401, 'invalid_token');
  });

  test.each([
    { first_party: true },
    { first_party: false },
    { resource: 'http://localhost:5002' },
    { require_pkce: false },
    { always_issue_refresh_token: true },
    { grant_types: ['password'] },
    { grant_types: ['authorization_code', 'password'] },
    { grant_types: ['implicit'], response_types: ['id_token'] },
  ])('for %j, which only an operator may set', async (member) => {
    const { register } = await startRegistry();
    await expectRefusal(await register({ ...metadata, ...member }), 400, 'invalid_client_metadata');
  });

  test.each([['http://newcomer.example/callback#x'], ['javascript:alert(1)'], ['nowhere']])(
    'for the redirect URI %s',
    async (uri) => {
      const { register } = await startRegistry();
      await expectRefusal(await register({ ...metadata, redirect_uris: [uri] }), 400, 'invalid_redirect_uri');
    },
  );
});

test('a client that registered itself works like any other', async () => {
  const { server, registered } = await startRegistry();
  const { client, codeClient } = await registered();
  expect(client).toMatchObject(metadata);
  const scope = 'openid offline_access current_time';
  const tokens = await tokensFor(server, codeClient, { scope, prompt: 'consent' });
  expect(await isActive(server, tokens.access_token)).toBe(true);
  await tokensOf(await refresh(server, tokens.refresh_token, codeClient));
});

test('a client that registered some scopes gets no others', async () => {
  const { server, register } = await startRegistry();
  const response = await register({ ...metadata, scope: 'openid current_time' });
  const { client_id, client_secret } = (await response.json()) as Registered;
  const client = { id: client_id, secret: client_secret, redirectUri };
  expect((await tokensFor(server, client)).scope).toBe('current_time');
  const url = authorizationUrl(server.issuer, client, { scope: 'epoch_time' });
  const { target } = await new UserAgent(server.issuer).open(url);
  expect(target?.searchParams.get('error')).toBe('invalid_scope');
});

test('a client that registers itself cannot choose the id of another', async () => {
  const { register } = await startRegistry();
  const { client_id } = (await (await register({ ...metadata, client_id: '1234' })).json()) as Registered;
  expect(client_id).not.toBe('1234');
});

test('no user can have the id of a client that registered itself', async () => {
  const { server, registered } = await startRegistry();
  const { client } = await registered();
  await expectRefusal(await server.requestToken({ username: client.client_id }), 400, 'invalid_grant');
});
