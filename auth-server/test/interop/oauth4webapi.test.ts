/** oauth4webapi against the issuer: the code flow with all checks of the library, refresh, and the device flow. */
import * as oauth from 'oauth4webapi';
import { expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  api,
  authorizationUrl,
  cli,
  cliRegistration,
  confirmDevice,
  isActive,
  thirdParty,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const insecure = { [oauth.allowInsecureRequests]: true };

async function start({ id, secret }: { id: string; secret?: string } = thirdParty) {
  const server = await startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration]) });
  const issuer = new URL(server.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const self: oauth.Client = { client_id: id };
  const authentication = secret === undefined ? oauth.None() : oauth.ClientSecretPost(secret);
  return { server, as, self, authentication, browser: new UserAgent(server.issuer) };
}

test.each([
  ['a third-party client', thirdParty, 'alice'],
  ['a public client', cli, 'alice'],
])('it takes %s through the code flow and finds every answer valid', async (_who, client, sub) => {
  const { server, as, self, authentication, browser } = await start(client);
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = authorizationUrl(server.issuer, client, {
    scope: 'openid email current_time',
    state,
    nonce,
    resource: api,
    max_age: '600',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  });
  expect(as.authorization_endpoint).toBe(url.origin + url.pathname);
  const { target } = await agree(await browser.open(url));

  const parameters = oauth.validateAuthResponse(as, self, target ?? new URL('about:blank'), state);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    self,
    authentication,
    parameters,
    client.redirectUri,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, self, response, {
    expectedNonce: nonce,
    maxAge: 600,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ sub, email: `${sub}@example.com` });

  const request = new Request(`${api}/current_time`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, request, api, insecure);
  expect(claims).toMatchObject({ sub, client_id: client.id, scope: 'openid email current_time' });
});

test('it refreshes', async () => {
  const { server, as, self, authentication, browser } = await start();
  const verifier = oauth.generateRandomCodeVerifier();
  const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const url = authorizationUrl(server.issuer, thirdParty, { code_challenge, scope: 'openid current_time' });
  const { target } = await agree(await browser.open(url));
  const parameters = oauth.validateAuthResponse(as, self, target ?? new URL('about:blank'), 'the-state');
  const redirectUri = thirdParty.redirectUri;
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    self,
    authentication,
    parameters,
    redirectUri,
    verifier,
    insecure,
  );
  const first = await oauth.processAuthorizationCodeResponse(as, self, response);
  const again = await oauth.refreshTokenGrantRequest(
    as,
    self,
    authentication,
    first.refresh_token ?? '',
    insecure,
  );
  const second = await oauth.processRefreshTokenResponse(as, self, again);
  expect(second.refresh_token).toBe(first.refresh_token);
  expect(oauth.getValidatedIdTokenClaims(second)?.sub).toBe('alice');
  expect(await isActive(server, second.access_token)).toBe(true);
});

test.each([
  ['confidential', thirdParty],
  ['public', cli],
])('it connects the device of a %s client', async (_kind, client) => {
  const { server, as, self, authentication, browser } = await start(client);
  const scope = { scope: 'openid current_time' };
  const begun = await oauth.deviceAuthorizationRequest(as, self, authentication, scope, insecure);
  const device = await oauth.processDeviceAuthorizationResponse(as, self, begun);
  const poll = async () =>
    oauth.processDeviceCodeResponse(
      as,
      self,
      await oauth.deviceCodeGrantRequest(as, self, authentication, device.device_code, insecure),
    );
  await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' });
  const page = await browser.open(device.verification_uri);
  const confirm = await page.press('Continue', { user_code: device.user_code });
  await agree(await confirmDevice(confirm));
  const tokens = await poll();
  expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe('alice');
  expect(await isActive(server, tokens.access_token)).toBe(true);
});
