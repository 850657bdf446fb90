/** Signed introspection answers (RFC 9701), for resource servers that store them. */
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { resourceServer, startAuthServer } from '../support/auth-server.ts';
import { type AuthServer, tokensFor } from '../support/code-flow.ts';

const JWT = 'application/token-introspection+jwt';

function introspect({ issuer }: AuthServer, token: string, accept: string) {
  return fetch(`${issuer}/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
    headers: { accept, authorization: `Basic ${btoa(`${resourceServer.id}:${resourceServer.secret}`)}` },
  });
}

/** The answer inside a signed one, verified as a resource server does (§5). */
async function verified({ issuer }: AuthServer, response: Response): Promise<JWTPayload> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(`${JWT}`);
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const { payload, protectedHeader } = await jwtVerify(await response.text(), keys, {
    issuer,
    typ: 'token-introspection+jwt',
    requiredClaims: ['iat'],
  });
  expect(protectedHeader.alg).toBe('ES256');
  return payload;
}

describe('a caller that accepts a JWT is answered with one', () => {
  test('for an active token', async () => {
    const server = await startAuthServer();
    const { access_token } = await tokensFor(server);
    const json = await (await introspect(server, access_token, 'application/json')).json();
    const payload = await verified(server, await introspect(server, access_token, JWT));
    expect(payload.token_introspection).toEqual(json);
    expect(json).toMatchObject({ active: true, sub: 'alice', scope: 'current_time' });
    expect(payload).not.toHaveProperty('sub');
    expect(payload).not.toHaveProperty('exp');
  });

  test.each(['garbage', 'a.b.c'])('for %s, which is not active', async (token) => {
    const server = await startAuthServer();
    const payload = await verified(server, await introspect(server, token, JWT));
    expect(payload.token_introspection).toEqual({ active: false });
  });

  test('whose audience is the resource server, whether or not the token is active', async () => {
    const server = await startAuthServer();
    const { access_token } = await tokensFor(server);
    const audiences = [];
    for (const token of [access_token, 'garbage']) {
      audiences.push((await verified(server, await introspect(server, token, JWT))).aud);
    }
    for (const audience of audiences) {
      expect([resourceServer.id, 'http://localhost:5002']).toContain(audience);
    }
  });
});

test.each(['application/json', '*/*', ''])(
  'a caller that accepts "%s" is answered in JSON',
  async (accept) => {
    const server = await startAuthServer();
    const { access_token } = await tokensFor(server);
    const response = await introspect(server, access_token, accept);
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await response.json()).toMatchObject({ active: true });
  },
);
