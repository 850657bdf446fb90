/** Two independent OAuth clients get, introspect, revoke and validate tokens by their own calls. */
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { describe, expect, test } from 'vitest';
import { batch, batchRegistration, startAuthServer, temporaryFile, webapp } from '../support/auth-server.ts';

const resource = 'http://localhost:5002';
const alice = { username: 'alice', password: 'wonderland', scope: 'current_time' };
const insecure = { [oauth.allowInsecureRequests]: true };

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });

/** Checks a token as a resource server does if it knows the issuer only by discovery (RFC 9068 §4). */
async function validate(issuer: string, accessToken: string): Promise<oauth.JWTAccessTokenClaims> {
  const server = await discover(issuer);
  const request = new Request(`${resource}/current_time`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return oauth.validateJwtAccessToken(server, request, resource, insecure);
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { ...insecure, algorithm: 'oauth2' });
  return oauth.processDiscoveryResponse(url, response);
}

describe.each(['oidc', 'oauth2'] as const)('openid-client, with %s discovery,', (algorithm) => {
  const configure = (issuer: string, { id, secret }: typeof webapp, authentication: client.ClientAuth) =>
    client.discovery(new URL(issuer), id, secret, authentication, {
      algorithm,
      execute: [client.allowInsecureRequests],
    });

  test('gets, introspects and revokes a token of the password grant', async () => {
    const { issuer } = await start();
    const configuration = await configure(issuer, webapp, client.ClientSecretBasic(webapp.secret));
    const tokens = await client.genericGrantRequest(configuration, 'password', alice);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 5, scope: 'current_time' });
    expect(tokens.refresh_token).toBeUndefined();
    const claims = await validate(issuer, tokens.access_token);
    expect(claims).toMatchObject({ sub: 'alice', client_id: webapp.id });

    const introspected = await client.tokenIntrospection(configuration, tokens.access_token);
    expect(introspected).toMatchObject({ active: true, jti: claims.jti });
    await client.tokenRevocation(configuration, tokens.access_token);
    expect(await client.tokenIntrospection(configuration, tokens.access_token)).toEqual({ active: false });
  });

  test('gets, introspects and revokes a token of the client credentials grant', async () => {
    const { issuer } = await start();
    const configuration = await configure(issuer, batch, client.ClientSecretPost(batch.secret));
    const tokens = await client.clientCredentialsGrant(configuration, { scope: 'epoch_time', resource });
    const claims = await validate(issuer, tokens.access_token);
    expect(claims).toMatchObject({ sub: batch.id, client_id: batch.id, scope: 'epoch_time' });

    const introspected = await client.tokenIntrospection(configuration, tokens.access_token);
    expect(introspected).toMatchObject({ active: true, jti: claims.jti });
    await client.tokenRevocation(configuration, tokens.access_token);
    expect(await client.tokenIntrospection(configuration, tokens.access_token)).toEqual({ active: false });
  });

  test('understands a refusal', async () => {
    const { issuer } = await start();
    const configuration = await configure(issuer, batch, client.ClientSecretBasic(batch.secret));
    const refused = client.clientCredentialsGrant(configuration, { scope: 'date' });
    await expect(refused).rejects.toMatchObject({ error: 'invalid_scope', status: 400 });
  });
});

describe('oauth4webapi', () => {
  const grants: [string, typeof webapp, Record<string, string>, string][] = [
    ['password', webapp, alice, 'alice'],
    ['client_credentials', batch, { scope: 'epoch_time' }, batch.id],
  ];

  test.each(grants)(
    'gets, introspects and revokes a token of the %s grant',
    async (grant, { id, secret }, parameters, sub) => {
      const { issuer } = await start();
      const server = await discover(issuer);
      const self: oauth.Client = { client_id: id };
      const authentication = oauth.ClientSecretBasic(secret);

      const { access_token } = await oauth.processGenericTokenEndpointResponse(
        server,
        self,
        await oauth.genericTokenEndpointRequest(server, self, authentication, grant, parameters, insecure),
      );
      const claims = await validate(issuer, access_token);
      expect(claims).toMatchObject({ iss: issuer, sub, client_id: id, scope: parameters.scope });

      const introspect = async () =>
        oauth.processIntrospectionResponse(
          server,
          self,
          await oauth.introspectionRequest(server, self, authentication, access_token, insecure),
        );
      expect(await introspect()).toMatchObject({ active: true, sub, jti: claims.jti });
      const revoked = await oauth.revocationRequest(server, self, authentication, access_token, insecure);
      await oauth.processRevocationResponse(revoked);
      expect(await introspect()).toEqual({ active: false });
    },
  );

  test('reads the challenge in the answer to a wrong secret', async () => {
    const { issuer } = await start();
    const server = await discover(issuer);
    const self: oauth.Client = { client_id: batch.id };
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      self,
      oauth.ClientSecretBasic('wrong'),
      {},
      insecure,
    );
    await expect(oauth.processClientCredentialsResponse(server, self, response)).rejects.toMatchObject({
      code: oauth.WWW_AUTHENTICATE_CHALLENGE,
      cause: [expect.objectContaining({ scheme: 'basic' })],
    });
  });
});
