/** simple-oauth2 against the issuer: its three flows. The library itself does not support PKCE. */
import { decodeJwt } from 'jose';
import { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2';
import { describe, expect, test } from 'vitest';
import {
  batch,
  batchRegistration,
  type Client,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';
import { agree, isActive, pkce, thirdParty } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const legacy = { id: 'legacy', secret: 'treza', redirectUri: 'https://legacy.example/callback' };
const legacyRegistration = {
  client_id: legacy.id,
  client_secret: legacy.secret,
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [legacy.redirectUri],
  require_pkce: false,
  always_issue_refresh_token: true,
};

async function start({ id, secret }: Client, authorizationMethod: 'header' | 'body' = 'header') {
  const server = await startAuthServer({
    CLIENTS_FILE: await temporaryFile([batchRegistration, legacyRegistration]),
  });
  /** For the flows without an authorization endpoint. */
  const options = {
    client: { id, secret },
    auth: {
      tokenHost: server.issuer,
      tokenPath: '/token',
      revokePath: '/revoke',
    },
    options: { authorizationMethod },
  };
  const codeOptions = { ...options, auth: { ...options.auth, authorizePath: '/authorize' } };
  return { server, options, codeOptions };
}

const stringOf = (value: unknown) => (typeof value === 'string' ? value : '');

describe.each(['header', 'body'] as const)('authenticating in the %s', (method) => {
  test('it gets a token by the client credentials grant', async () => {
    const { server, options } = await start(batch, method);
    const { token } = await new ClientCredentials(options).getToken({ scope: 'epoch_time' });
    expect(decodeJwt(stringOf(token.access_token))).toMatchObject({ sub: batch.id, scope: 'epoch_time' });
    expect(await isActive(server, stringOf(token.access_token))).toBe(true);
  });

  test('it gets a token by the password grant', async () => {
    const { server, options } = await start(webapp, method);
    const user = { username: 'alice', password: 'wonderland', scope: 'current_time' };
    const { token } = await new ResourceOwnerPassword(options).getToken(user);
    expect(decodeJwt(stringOf(token.access_token))).toMatchObject({ sub: 'alice' });
    expect(await isActive(server, stringOf(token.access_token))).toBe(true);
  });

  test('it takes a client without PKCE through the code flow, refreshes and revokes', async () => {
    const { server, codeOptions } = await start(legacy, method);
    const client = new AuthorizationCode(codeOptions);
    const redirect_uri = legacy.redirectUri;
    const url = client.authorizeURL({ redirect_uri, scope: 'current_time', state: 'a-state' });
    const { target } = await agree(await new UserAgent(server.issuer).open(url));
    const code = target?.searchParams.get('code') ?? '';
    const first = await client.getToken({ code, redirect_uri, scope: 'current_time' });
    expect(decodeJwt(stringOf(first.token.access_token))).toMatchObject({ sub: 'alice' });
    expect(first.expired(5)).toBe(true);

    const second = await first.refresh();
    expect(second.token.refresh_token).toBe(first.token.refresh_token);
    expect(await isActive(server, stringOf(second.token.access_token))).toBe(true);
    await second.revokeAll();
    expect(await isActive(server, stringOf(first.token.access_token))).toBe(false);
    await expect(second.refresh()).rejects.toMatchObject({ output: { statusCode: 400 } });
  });
});

test('it takes any client through the code flow when PKCE is added to its parameters', async () => {
  const { server, codeOptions } = await start(thirdParty);
  const client = new AuthorizationCode(codeOptions);
  const redirect_uri = thirdParty.redirectUri;
  const challenge = { code_challenge: pkce.challenge, code_challenge_method: 'S256' };
  const url = client.authorizeURL({ redirect_uri, scope: 'current_time', ...challenge });
  const { target } = await agree(await new UserAgent(server.issuer).open(url));
  const code = target?.searchParams.get('code') ?? '';
  const { token } = await client.getToken({ code, redirect_uri, ...{ code_verifier: pkce.verifier } });
  expect(await isActive(server, stringOf(token.access_token))).toBe(true);
});

test('it understands a refusal', async () => {
  const { options } = await start({ ...batch, secret: 'wrong' });
  const refused = new ClientCredentials(options).getToken({});
  await expect(refused).rejects.toMatchObject({ output: { statusCode: 401 } });
});
