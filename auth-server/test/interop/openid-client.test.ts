/** openid-client against the issuer: every flow that it supports, by its own calls. */
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { expect, test } from 'vitest';
import { batch, batchRegistration, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  api,
  cli,
  cliRegistration,
  confirmDevice,
  firstParty,
  isActive,
  thirdParty,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

async function start(
  { id, secret }: { id: string; secret?: string } = thirdParty,
  scope = 'openid profile email current_time',
) {
  const server = await startAuthServer({
    CLIENTS_FILE: await temporaryFile([batchRegistration, cliRegistration]),
  });
  const authentication = secret === undefined ? client.None() : client.ClientSecretBasic(secret);
  const options = { execute: [client.allowInsecureRequests] };
  const config = await client.discovery(new URL(server.issuer), id, secret, authentication, options);
  const verifier = client.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const parameters = {
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: api,
  };
  const browser = new UserAgent(server.issuer);
  /** The user's part of the flow, up to the redirect to the client. */
  const visit = async (url: URL) => (await agree(await browser.open(url))).target ?? new URL('about:blank');
  return { server, config, parameters, checks, browser, visit };
}

test('it takes a first-party client through the code flow', async () => {
  const { redirectUri, ...credentials } = firstParty;
  const { server, config, parameters, checks, visit } = await start(credentials, 'current_time');
  const { nonce: _openIdOnly, ...asked } = parameters;
  const url = client.buildAuthorizationUrl(config, { ...asked, redirect_uri: redirectUri });
  const { pkceCodeVerifier, expectedState } = checks;
  const tokens = await client.authorizationCodeGrant(config, await visit(url), {
    pkceCodeVerifier,
    expectedState,
  });
  expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: api, scope: 'current_time', sub: 'bob' });
  expect(await isActive(server, tokens.access_token)).toBe(true);
});

test('it takes a third-party client through the code flow', async () => {
  const { redirectUri, ...credentials } = thirdParty;
  const sub = 'alice';
  const { server, config, parameters, checks, visit } = await start(credentials);
  const url = client.buildAuthorizationUrl(config, { ...parameters, redirect_uri: redirectUri });
  const tokens = await client.authorizationCodeGrant(config, await visit(url), checks);
  expect(tokens.claims()).toMatchObject({ sub, aud: credentials.id, email: `${sub}@example.com` });
  expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 5 });
  expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: api, scope: parameters.scope });
  expect(await isActive(server, tokens.access_token)).toBe(true);
  expect(await client.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({
    email: `${sub}@example.com`,
  });
});

test('it reads userinfo with a token that is for no API', async () => {
  const { config, parameters, checks, visit } = await start(thirdParty, 'openid profile');
  const { resource: _, ...plain } = parameters;
  const url = client.buildAuthorizationUrl(config, { ...plain, redirect_uri: thirdParty.redirectUri });
  const tokens = await client.authorizationCodeGrant(config, await visit(url), checks);
  const user = await client.fetchUserInfo(config, tokens.access_token, 'alice');
  expect(user).toMatchObject({ sub: 'alice', name: 'Alice Example', preferred_username: 'alice' });
});

test('it refreshes, introspects and revokes', async () => {
  const { server, config, parameters, checks, visit } = await start();
  const url = client.buildAuthorizationUrl(config, { ...parameters, redirect_uri: thirdParty.redirectUri });
  const first = await client.authorizationCodeGrant(config, await visit(url), checks);
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '', { resource: api });
  const introspected = await client.tokenIntrospection(config, second.access_token);
  expect(introspected).toMatchObject({ active: true, sub: 'alice', client_id: thirdParty.id });
  await client.tokenRevocation(config, second.refresh_token ?? '');
  expect(await client.tokenIntrospection(config, second.access_token)).toEqual({ active: false });
  expect(await isActive(server, first.access_token)).toBe(false);
  const dead = client.refreshTokenGrant(config, second.refresh_token ?? '');
  await expect(dead).rejects.toMatchObject({ error: 'invalid_grant' });
});

test('it understands a user who declines', async () => {
  const { config, parameters, checks, browser } = await start();
  const url = client.buildAuthorizationUrl(config, { ...parameters, redirect_uri: thirdParty.redirectUri });
  const { target } = await (await browser.open(url)).press('Cancel');
  const refused = client.authorizationCodeGrant(config, target ?? new URL('about:blank'), checks);
  await expect(refused).rejects.toMatchObject({ error: 'access_denied' });
});

test('it pushes an authorization request', async () => {
  const { config, parameters, checks, visit } = await start();
  const request = { ...parameters, redirect_uri: thirdParty.redirectUri };
  const url = await client.buildAuthorizationUrlWithPAR(config, request);
  expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  const tokens = await client.authorizationCodeGrant(config, await visit(url), checks);
  expect(tokens.claims()?.sub).toBe('alice');
});

test.each([
  ['confidential', thirdParty],
  ['public', cli],
])('it binds the tokens of a %s client to a key', async (_kind, { redirectUri, ...credentials }) => {
  const { server, config, parameters, checks, visit } = await start(credentials);
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
  const url = client.buildAuthorizationUrl(config, { ...parameters, redirect_uri: redirectUri });
  const first = await client.authorizationCodeGrant(config, await visit(url), checks, undefined, { DPoP });
  expect(first.token_type).toBe('dpop');
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '', {}, { DPoP });
  const jkt = await DPoP.calculateThumbprint();
  for (const { access_token } of [first, second]) {
    const introspected = await (await server.introspect(access_token)).json();
    expect(introspected).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt } });
  }
});

test('it connects a device', async () => {
  const { server, config, browser } = await start(cli, 'current_time');
  const device = await client.initiateDeviceAuthorization(config, { scope: 'current_time' });
  const confirm = await browser.open(device.verification_uri_complete ?? '');
  const end = await agree(await confirmDevice(confirm));
  expect(end.heading).toBe('Your device is connected');
  const tokens = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 });
  expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'alice', client_id: cli.id });
  expect(await isActive(server, tokens.access_token)).toBe(true);
});

test('it gets a token by the client credentials grant', async () => {
  const { server, config } = await start(batch);
  const tokens = await client.clientCredentialsGrant(config, { scope: 'epoch_time', resource: api });
  expect(await isActive(server, tokens.access_token)).toBe(true);
});

test('it signs the user out', async () => {
  const { config, parameters, checks, visit, browser } = await start();
  const url = client.buildAuthorizationUrl(config, { ...parameters, redirect_uri: thirdParty.redirectUri });
  const { id_token = '' } = await client.authorizationCodeGrant(config, await visit(url), checks);
  const logout = client.buildEndSessionUrl(config, {
    id_token_hint: id_token,
    post_logout_redirect_uri: 'http://localhost:5004/',
    state: 'bye',
  });
  const page = await browser.open(logout);
  expect((await page.press('Sign out')).target?.href).toBe('http://localhost:5004/?state=bye');
  expect((await browser.open(url)).heading).toBe('Sign in');
});
