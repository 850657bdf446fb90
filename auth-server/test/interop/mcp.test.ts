/** The Model Context Protocol SDK's client auth, which starts from the resource server's metadata (RFC 9728). */
import { auth, type OAuthClientProvider, registerClient } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { decodeJwt } from 'jose';
import { freePort, serve } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { agree, isActive, thirdParty } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const scopes = ['current_time', 'epoch_time'];

/** A resource server with metadata like that of ours, and the authorization server that it names. */
async function start(environment: Record<string, string> = {}) {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}`;
  const server = await startAuthServer({ RESOURCE: resource, ...environment });
  const metadata = { resource, authorization_servers: [server.issuer], scopes_supported: scopes };
  await serve(({ url }, response) => {
    if (url !== '/.well-known/oauth-protected-resource') return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
  }, port);
  return { server, resource };
}

/** The callbacks that the SDK needs: to keep its state, and to open a browser. */
function makeProvider(known: OAuthClientInformationMixed | undefined) {
  const kept: {
    client?: OAuthClientInformationMixed | undefined;
    tokens?: OAuthTokens;
    verifier?: string;
    url?: URL;
  } = { client: known };
  const provider: OAuthClientProvider = {
    redirectUrl: thirdParty.redirectUri,
    clientMetadata: {
      client_name: 'MCP client',
      redirect_uris: [thirdParty.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void Object.assign(kept, { tokens }),
    redirectToAuthorization: (url) => void Object.assign(kept, { url }),
    saveCodeVerifier: (verifier) => void Object.assign(kept, { verifier }),
    codeVerifier: () => kept.verifier ?? '',
  };
  return { provider, kept };
}

test('a registered client gets a token for the resource, and refreshes it', async () => {
  const { server, resource } = await start();
  const { provider, kept } = makeProvider({ client_id: thirdParty.id, client_secret: thirdParty.secret });
  expect(await auth(provider, { serverUrl: resource })).toBe('REDIRECT');
  expect(kept.url?.searchParams.get('scope')).toBe(scopes.join(' '));

  const consent = await new UserAgent(server.issuer).open(kept.url ?? '');
  const { target } = await agree(consent);
  const authorizationCode = target?.searchParams.get('code') ?? '';
  expect(await auth(provider, { serverUrl: resource, authorizationCode })).toBe('AUTHORIZED');
  const first = kept.tokens;
  expect(decodeJwt(first?.access_token ?? '')).toMatchObject({ aud: resource, sub: 'alice' });
  expect(await isActive(server, first?.access_token ?? '')).toBe(true);

  expect(await auth(provider, { serverUrl: resource })).toBe('AUTHORIZED');
  expect(kept.tokens?.access_token).not.toBe(first?.access_token);
  expect(await isActive(server, kept.tokens?.access_token ?? '')).toBe(true);
});

test('an unknown client registers itself where that is allowed', async () => {
  const INITIAL_ACCESS_TOKEN = 'kW8fQ2mZp4Lx7Rt1';
  const { server, resource } = await start({ INITIAL_ACCESS_TOKEN });
  const { provider, kept } = makeProvider(undefined);
  // The SDK has no setting for the initial access token, so its fetch adds it.
  const fetchFn = (url: string | URL, request: RequestInit = {}) => {
    const headers = new Headers(request.headers);
    if (`${url}` === `${server.issuer}/register`)
      headers.set('authorization', `Bearer ${INITIAL_ACCESS_TOKEN}`);
    return fetch(url, { ...request, headers });
  };
  expect(await auth(provider, { serverUrl: resource, fetchFn })).toBe('REDIRECT');
  expect(kept.client?.client_id).toBeTruthy();
  const page = await new UserAgent(server.issuer).open(kept.url ?? '');
  expect(page.html).toContain('MCP client');
  const authorizationCode = (await agree(page)).target?.searchParams.get('code') ?? '';
  expect(await auth(provider, { serverUrl: resource, authorizationCode, fetchFn })).toBe('AUTHORIZED');
  expect(await isActive(server, kept.tokens?.access_token ?? '')).toBe(true);
});

test.each([undefined, 'none', 'client_secret_post', 'client_secret_basic'])(
  'a stranger registers itself where that is open, with %s, gets tokens without a secret, and refreshes them',
  async (token_endpoint_auth_method) => {
    const { server, resource } = await start({ REGISTRATION: 'open' });
    const { provider, kept } = makeProvider(undefined);
    const redirectUrl = 'http://localhost:6274/oauth/callback';
    const stranger: OAuthClientProvider = {
      ...provider,
      redirectUrl,
      clientMetadata: {
        ...provider.clientMetadata,
        redirect_uris: [redirectUrl],
        ...(token_endpoint_auth_method && { token_endpoint_auth_method }),
      },
    };
    // Clients by the specification of 2026-07-28 ask for this since the metadata of the issuer list it.
    const scope = `${scopes.join(' ')} offline_access`;
    expect(await auth(stranger, { serverUrl: resource, scope })).toBe('REDIRECT');
    expect(kept.client).toMatchObject({ token_endpoint_auth_method: 'none' });
    expect(kept.client?.client_secret).toBeUndefined();
    const page = await new UserAgent(server.issuer).open(kept.url ?? '');
    const authorizationCode = (await agree(page)).target?.searchParams.get('code') ?? '';
    expect(await auth(stranger, { serverUrl: resource, authorizationCode })).toBe('AUTHORIZED');
    const first = kept.tokens;
    expect(decodeJwt(first?.access_token ?? '')).toMatchObject({ aud: resource, sub: 'alice' });
    expect(first?.refresh_token).toBeTruthy();
    expect(await auth(stranger, { serverUrl: resource })).toBe('AUTHORIZED');
    expect(await isActive(server, kept.tokens?.access_token ?? '')).toBe(true);
    expect(kept.tokens?.access_token).not.toBe(first?.access_token);
  },
);

test('registerClient understands what a stranger is told that asks for more than it gets', async () => {
  const { server } = await start({ REGISTRATION: 'open' });
  const registered = await registerClient(server.issuer, {
    clientMetadata: {
      client_name: 'MCP client',
      redirect_uris: ['http://127.0.0.1:33418/'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      token_endpoint_auth_method: 'client_secret_post',
      software_id: 'mcp',
      jwks_uri: 'https://app.example/jwks',
    },
  });
  expect(registered).toMatchObject({
    client_id: expect.any(String),
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  });
  expect(registered).not.toHaveProperty('client_secret');
  const refused = { redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] };
  await expect(registerClient(server.issuer, { clientMetadata: refused })).rejects.toThrow(
    'private-use scheme',
  );
});

test('an unknown client is refused where registration is off', async () => {
  const { resource } = await start();
  const { provider, kept } = makeProvider(undefined);
  await expect(auth(provider, { serverUrl: resource })).rejects.toThrow('registration');
  expect(kept.url).toBeUndefined();
});

test('a user who declines leaves the client without a code', async () => {
  const { server, resource } = await start();
  const { provider, kept } = makeProvider({ client_id: thirdParty.id, client_secret: thirdParty.secret });
  await auth(provider, { serverUrl: resource });
  const page = await new UserAgent(server.issuer).open(kept.url ?? '');
  const { target } = await page.press('Cancel');
  expect(target?.searchParams.get('error')).toBe('access_denied');
});
