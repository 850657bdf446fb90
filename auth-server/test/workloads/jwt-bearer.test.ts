/** The JWT bearer grant (RFC 7523 §2.1): a CI job gets a token of its client for a JWT of its platform. */
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import { tokensOf } from '../support/code-flow.ts';
import { makeProver } from '../support/prover.ts';
import {
  CI,
  confidential,
  deployer,
  deployments,
  JOB,
  JWT_BEARER,
  makeCi,
  startWithWorkload,
} from '../support/workloads.ts';

describe.each(['on', 'off'])('with FAST_PATH=%s', (FAST_PATH) => {
  const settings = { FAST_PATH };

  test('a job without a secret gets a token of its client', async () => {
    const { issuer, present, jwt } = await startWithWorkload({ settings });
    const response = await present(await jwt(), { scope: 'deploy:start' });
    const body = (await response.json()) as { access_token: string };
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 60,
      scope: 'deploy:start',
    });
    const claims = decodeJwt(body.access_token);
    expect(claims).toEqual({
      iss: issuer,
      aud: deployments,
      sub: deployer.id,
      client_id: deployer.id,
      scope: 'deploy:start',
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 60,
    });
  });

  test('the token is introspected as any other of the client', async () => {
    const { present, jwt, introspect } = await startWithWorkload({ settings });
    const { access_token } = await tokensOf(await present(await jwt()));
    expect(await (await introspect(access_token, confidential)).json()).toMatchObject({
      active: true,
      client_id: deployer.id,
      scope: 'deploy:start deploy:stop',
    });
  });
});

test.each(['oidc', 'oauth2'] as const)(
  'openid-client gets a token by the grant, with %s discovery',
  async (algorithm) => {
    const { issuer, jwt } = await startWithWorkload();
    const config = await openid.discovery(new URL(issuer), deployer.id, undefined, openid.None(), {
      algorithm,
      execute: [openid.allowInsecureRequests],
    });
    const tokens = await openid.genericGrantRequest(config, JWT_BEARER, { assertion: await jwt() });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 60, scope: 'deploy:start deploy:stop' });
  },
);

test('an opaque token is issued where the API has such tokens', async () => {
  const { present, jwt, introspect } = await startWithWorkload({ api: { access_token_format: 'opaque' } });
  const { access_token } = await tokensOf(await present(await jwt()));
  expect(access_token).not.toContain('.');
  expect(await (await introspect(access_token, confidential)).json()).toMatchObject({ active: true });
});

test.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])('a JWT may be signed by %s', async (alg) => {
  const { present, jwt } = await startWithWorkload({ ci: await makeCi({ alg }) });
  expect((await present(await jwt())).status).toBe(200);
});

test.each<[what: string, aud: (issuer: string) => unknown]>([
  ['the issuer identifier', (issuer) => issuer],
  ['the token endpoint', (issuer) => `${issuer}/token`],
  ['a list with the issuer identifier', (issuer) => ['https://elsewhere.example', issuer]],
  ['a list with the token endpoint', (issuer) => [`${issuer}/token`]],
])('`aud` may be %s', async (_what, aud) => {
  const { issuer, present, jwt } = await startWithWorkload();
  expect((await present(await jwt({ aud: aud(issuer) }))).status).toBe(200);
});

test.each([undefined, 'JWT', 'jwt', 'application/jwt'])('`typ` may be %s', async (typ) => {
  const { present, jwt } = await startWithWorkload();
  expect((await present(await jwt({}, { typ }))).status).toBe(200);
});

test('`iat`, `nbf` and `jti` may be left out, and so may `kid`', async () => {
  const { present, jwt } = await startWithWorkload();
  const claims = { iat: undefined, nbf: undefined, jti: undefined };
  expect((await present(await jwt(claims, { kid: undefined }))).status).toBe(200);
});

test('the clock of the platform may be a few seconds ahead', async () => {
  const { present, jwt } = await startWithWorkload();
  const soon = Math.floor(Date.now() / 1_000) + 10;
  expect((await present(await jwt({ iat: soon, nbf: soon }))).status).toBe(200);
});

test('claims that nobody asks about make no difference', async () => {
  const { present, jwt } = await startWithWorkload();
  expect((await present(await jwt({ ref: 'refs/heads/main', actor: { name: 'alice' } }))).status).toBe(200);
});

describe('the token', () => {
  test('ends with the JWT, where that is sooner', async () => {
    const { present, jwt } = await startWithWorkload();
    const exp = Math.floor(Date.now() / 1_000) + 20;
    const { access_token, expires_in } = await tokensOf(await present(await jwt({ exp })));
    expect(decodeJwt(access_token).exp).toBe(exp);
    expect(expires_in).toBeLessThanOrEqual(20);
  });

  test('has the lifetime of the client, where that is shorter', async () => {
    const { present, jwt } = await startWithWorkload({ client: { access_token_ttl: 10 } });
    expect((await tokensOf(await present(await jwt()))).expires_in).toBe(10);
  });

  test('comes without a refresh token', async () => {
    const client = { grant_types: [JWT_BEARER, 'refresh_token'], always_issue_refresh_token: true };
    const { present, jwt } = await startWithWorkload({ client });
    expect(await tokensOf(await present(await jwt()))).not.toHaveProperty('refresh_token');
  });

  test('is bound to the key of a DPoP proof', async () => {
    const { issuer, present, jwt } = await startWithWorkload();
    const { jkt, prove } = await makeProver();
    const response = await present(await jwt(), {}, deployer, await prove(`${issuer}/token`));
    const { access_token, token_type } = await tokensOf(response);
    expect(token_type).toBe('DPoP');
    expect(decodeJwt(access_token)).toMatchObject({ cnf: { jkt } });
  });

  test('is for the API that `resource` or the scope names', async () => {
    const other = { resource: 'https://other.example.com', name: 'Other', scopes: { 'other:read': 'Read' } };
    const client = { scope: 'deploy:start other:read' };
    const { present, jwt } = await startWithWorkload({ apis: [other], client });
    for (const form of [{ resource: other.resource }, { scope: 'other:read' }]) {
      const { access_token } = await tokensOf(await present(await jwt(), form));
      expect(decodeJwt(access_token)).toMatchObject({ aud: other.resource, scope: 'other:read' });
    }
    await expectRefusal(await present(await jwt()), 400, 'invalid_target');
  });
});

describe('§4.1 of RFC 7521: a client that authenticates', () => {
  test('gets a token for a JWT of its own workload', async () => {
    const { present, jwt } = await startWithWorkload();
    const { access_token } = await tokensOf(await present(await jwt(), {}, confidential));
    expect(decodeJwt(access_token).sub).toBe(confidential.id);
  });

  test('is invalid_client with a wrong secret, however good the JWT is, which is not used up', async () => {
    const { present, jwt } = await startWithWorkload();
    const assertion = await jwt();
    const wrong = { ...confidential, secret: 'wrong' };
    await expectRefusal(await present(assertion, {}, wrong), 401, 'invalid_client');
    expect((await present(assertion, {}, confidential)).status).toBe(200);
  });

  test('is invalid_client when it leaves its secret out', async () => {
    const { present, jwt } = await startWithWorkload();
    await expectRefusal(await present(await jwt(), {}, { id: confidential.id }), 401, 'invalid_client');
  });
});

test('a request that names no client is invalid_client', async () => {
  const { post, jwt } = await startWithWorkload();
  const form = { grant_type: JWT_BEARER, assertion: await jwt() };
  await expectRefusal(await post('/token', form), 401, 'invalid_client');
});

test('discovery names the grant', async () => {
  const { issuer } = await startWithWorkload();
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  expect(metadata).toMatchObject({ grant_types_supported: expect.arrayContaining([JWT_BEARER]) });
});

test('the log says which workload a token was issued to, and has no JWT', async () => {
  const { lines, present, jwt } = await startWithWorkload();
  const assertion = await jwt();
  const { access_token } = await tokensOf(await present(assertion));
  expect(lines.findLast(({ event }) => event === 'token.issued')).toMatchObject({
    grant_type: JWT_BEARER,
    clientId: deployer.id,
    jti: decodeJwt(access_token).jti,
    workload: { issuer: CI, subject: JOB },
  });
  expect(JSON.stringify(lines)).not.toContain(assertion.split('.')[2]);
});

test('the metrics count the grant by its name', async () => {
  const { metrics, present, jwt } = await startWithWorkload();
  await present(await jwt());
  await present('abc');
  const text = await metrics.text();
  expect(text).toMatch(/oauth_tokens_issued_total\{[^}]*grant_type="[^"]*jwt-bearer"[^}]*\} 1$/m);
  expect(text).toMatch(/oauth_tokens_refused_total\{[^}]*jwt-bearer",error="invalid_grant"[^}]*\} 1$/m);
});
