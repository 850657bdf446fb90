/** Signed introspection answers as oidc-provider sends them, compared with RFC 9701 §5. */
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { freePort, serve } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { RESOURCE, startResourceServer } from './resource-server.ts';

const keyPair = async (alg: string) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: alg, alg, use: 'sig' };
};
const keys = [await keyPair('ES256'), await keyPair('RS256')];

/** Starts a provider and issues a token for alice. It is opaque, since the library does not introspect JWTs. */
async function startProvider(introspectionAlg?: 'ES256' | 'RS256') {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const client = { client_secret: 'asdfgh', grant_types: [], redirect_uris: [], response_types: [] };
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        ...client,
        client_id: 'resource-server',
        ...(introspectionAlg && { introspection_signed_response_alg: introspectionAlg }),
      },
      { ...client, client_id: '1234' },
    ],
    features: {
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      devInteractions: { enabled: false },
    },
    ttl: { AccessToken: 60 },
    routes: { introspection: '/introspect', jwks: '/jwks' },
  });
  await serve(provider.callback(), port);
  const owner = await provider.Client.find('1234');
  if (!owner) throw new Error('the client is registered above');
  const token = new provider.AccessToken({
    client: owner,
    accountId: 'alice',
    scope: 'current_time',
  } as never);
  Object.assign(token, { aud: RESOURCE });
  return { issuer, token: await token.save() };
}

// Without an algorithm in its registration, a client gets RS256.
test.each(['ES256', 'RS256', undefined] as const)(
  'the resource server believes its answers, signed with %s',
  async (alg) => {
    const { issuer, token } = await startProvider(alg);
    const { getWithToken, lines } = await startResourceServer({
      ISSUER: issuer,
      INTROSPECTION_RESPONSE: 'jwt',
    });
    expect((await getWithToken('/current_time', token)).status).toBe(200);
    const line = lines.find(({ event }) => event === 'http.request');
    expect(line).toMatchObject({ user: 'alice', clientId: '1234' });
    expect((await getWithToken('/current_time', 'unknown-token')).status).toBe(401);
  },
);

test('the outer audience is the client that asks, and the inner one that of the token', async () => {
  const { issuer, token } = await startProvider('ES256');
  const response = await fetch(`${issuer}/introspect`, {
    method: 'POST',
    headers: {
      authorization: basicCredentials('resource-server', 'asdfgh'),
      accept: 'application/token-introspection+jwt',
    },
    body: new URLSearchParams({ token }),
  });
  expect(response.headers.get('content-type')).toMatch(/^application\/token-introspection\+jwt(;|$)/);
  const answer = await response.text();
  expect(decodeProtectedHeader(answer)).toEqual({
    typ: 'token-introspection+jwt',
    alg: 'ES256',
    kid: 'ES256',
  });
  expect(decodeJwt(answer)).toEqual({
    iss: issuer,
    aud: 'resource-server',
    iat: expect.any(Number),
    token_introspection: expect.objectContaining({ active: true, sub: 'alice', aud: RESOURCE }),
  });
});
