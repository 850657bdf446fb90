/** @badgateway/oauth2-client against the issuer: every flow that it supports, by its own calls. */
import { generateCodeVerifier, OAuth2Client } from '@badgateway/oauth2-client';
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { batch, batchRegistration, startAuthServer, temporaryFile, webapp } from '../support/auth-server.ts';
import { agree, api, cli, cliRegistration, firstParty, isActive, thirdParty } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

type Method = 'client_secret_basic' | 'client_secret_post' | 'client_secret_basic_interop';

async function start({ id, secret }: { id: string; secret?: string }, authenticationMethod?: Method) {
  const server = await startAuthServer({
    CLIENTS_FILE: await temporaryFile([batchRegistration, cliRegistration]),
  });
  const client = new OAuth2Client({
    server: `${server.issuer}/`,
    discoveryEndpoint: '/.well-known/oauth-authorization-server',
    clientId: id,
    ...(secret !== undefined && { clientSecret: secret }),
    ...(authenticationMethod && { authenticationMethod }),
  });
  return { server, client };
}

const methods: (Method | undefined)[] = [
  undefined,
  'client_secret_basic',
  'client_secret_post',
  'client_secret_basic_interop',
];

describe.each(methods)('authenticating by %s', (method) => {
  test('it gets a token by the client credentials grant', async () => {
    const { server, client } = await start(batch, method);
    const { accessToken } = await client.clientCredentials({ scope: ['epoch_time'], resource: api });
    expect(decodeJwt(accessToken)).toMatchObject({ sub: batch.id, scope: 'epoch_time' });
    expect(await isActive(server, accessToken)).toBe(true);
  });

  test('it gets a token by the password grant', async () => {
    const { server, client } = await start(webapp, method);
    const user = { username: 'alice', password: 'wonderland', scope: ['current_time'] };
    const { accessToken, refreshToken } = await client.password(user);
    expect(decodeJwt(accessToken)).toMatchObject({ sub: 'alice', scope: 'current_time' });
    expect(refreshToken).toBeNull();
    expect(await isActive(server, accessToken)).toBe(true);
  });
});

test.each([
  ['a first-party client', firstParty, 'bob'],
  ['a third-party client', thirdParty, 'alice'],
  ['a public client', cli, 'alice'],
])('it takes %s through the code flow', async (_who, { redirectUri, ...credentials }, sub) => {
  const { server, client } = await start(credentials);
  const codeVerifier = await generateCodeVerifier();
  const request = { redirectUri, codeVerifier, state: 'a-state', resource: api };
  const url = await client.authorizationCode.getAuthorizeUri({ ...request, scope: ['current_time'] });
  const { target } = await agree(await new UserAgent(server.issuer).open(url));
  const { accessToken } = await client.authorizationCode.getTokenFromCodeRedirect(`${target}`, request);
  expect(decodeJwt(accessToken)).toMatchObject({ sub, scope: 'current_time', aud: api });
  expect(await isActive(server, accessToken)).toBe(true);
});

test.each([
  ['confidential', thirdParty],
  ['public', cli],
])('it refreshes, introspects and revokes as a %s client', async (_kind, { redirectUri, ...credentials }) => {
  const { server, client } = await start(credentials);
  const codeVerifier = await generateCodeVerifier();
  const request = { redirectUri, codeVerifier, state: 'a-state' };
  const url = await client.authorizationCode.getAuthorizeUri({ ...request, scope: ['current_time'] });
  const { target } = await agree(await new UserAgent(server.issuer).open(url));
  const first = await client.authorizationCode.getTokenFromCodeRedirect(`${target}`, request);

  const second = await client.refreshToken(first);
  expect(second.refreshToken === first.refreshToken).toBe('secret' in credentials);
  expect(await client.introspect(second)).toMatchObject({ active: true, sub: 'alice' });
  await client.revoke(second, 'refresh_token');
  expect(await client.introspect(second)).toEqual({ active: false });
  expect(await isActive(server, first.accessToken)).toBe(false);
  await expect(client.refreshToken(second)).rejects.toMatchObject({ oauth2Code: 'invalid_grant' });
});

test('it understands a refusal', async () => {
  const { client } = await start(batch);
  const refused = client.clientCredentials({ scope: ['date'] });
  await expect(refused).rejects.toMatchObject({ oauth2Code: 'invalid_scope', httpCode: 400 });
});
