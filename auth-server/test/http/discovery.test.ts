/** Discovery (RFC 8414 and OpenID Connect) and the public keys (RFC 7517). */
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessToken, get, startAuthServer } from '../support/auth-server.ts';
import { authorizationUrl, thirdParty } from '../support/code-flow.ts';

interface Metadata {
  [member: string]: unknown;
  jwks_uri: string;
}

const discover = async (issuer: string) =>
  (await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()) as Metadata;

describe('discovery', () => {
  test('says the same at both well-known addresses', async () => {
    const { issuer } = await startAuthServer();
    const openId = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(openId.status).toBe(200);
    expect(await openId.json()).toEqual(await discover(issuer));
  });

  test('names the issuer exactly, and the endpoints at the host that was asked', async () => {
    const { issuer } = await startAuthServer();
    expect(await discover(issuer)).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/jwks`,
    });
  });

  test('offers the code flow with S256 only, and no implicit flow', async () => {
    const { issuer } = await startAuthServer();
    const metadata = await discover(issuer);
    expect(metadata.response_types_supported).toEqual(['code']);
    expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
    expect(metadata.grant_types_supported).toEqual(
      expect.arrayContaining(['authorization_code', 'client_credentials', 'password']),
    );
    expect(metadata.grant_types_supported).not.toContain('implicit');
  });

  test.each(['openid-configuration', 'oauth-authorization-server'])(
    'says in %s how clients authenticate at each endpoint, and which prompts there are',
    async (document) => {
      const { issuer } = await startAuthServer();
      const metadata = (await (await fetch(`${issuer}/.well-known/${document}`)).json()) as Metadata;
      const methods = metadata.token_endpoint_auth_methods_supported;
      const algs = metadata.token_endpoint_auth_signing_alg_values_supported;
      expect(methods).toEqual(expect.arrayContaining(['client_secret_basic', 'private_key_jwt', 'none']));
      expect(algs).toContain('ES256');
      expect(metadata).toMatchObject({
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: algs,
        introspection_endpoint_auth_methods_supported: methods,
        introspection_endpoint_auth_signing_alg_values_supported: algs,
        prompt_values_supported: expect.arrayContaining(['none', 'login', 'consent']),
      });
    },
  );

  test('accepts every prompt that it names', async () => {
    const { issuer } = await startAuthServer();
    const { prompt_values_supported: prompts } = await discover(issuer);
    for (const prompt of prompts as string[]) {
      const url = authorizationUrl(issuer, thirdParty, { prompt, scope: 'openid' });
      const { headers } = await fetch(url, { redirect: 'manual' });
      expect(headers.get('location'), prompt).not.toContain('invalid_request');
    }
  });

  test('names https endpoints when the issuer is https, though a proxy terminates TLS', async () => {
    const { issuer } = await startAuthServer({ ISSUER: 'https://auth.example' });
    const { body } = await get(issuer, '/.well-known/oauth-authorization-server', 'auth.example');
    expect(JSON.parse(body)).toMatchObject({
      issuer: 'https://auth.example',
      token_endpoint: 'https://auth.example/token',
    });
  });
});

describe('the key set', () => {
  test('holds public members only', async () => {
    const { issuer } = await startAuthServer();
    const { keys } = (await (await fetch((await discover(issuer)).jwks_uri)).json()) as { keys: object[] };
    expect(keys.length).toBeGreaterThan(0);
    const publicMembers = ['kty', 'use', 'kid', 'alg', 'crv', 'x', 'y', 'e', 'n'];
    for (const key of keys) {
      expect(Object.keys(key).filter((member) => !publicMembers.includes(member))).toEqual([]);
    }
  });

  test('verifies an access token', async () => {
    const { issuer, requestToken } = await startAuthServer();
    const token = await accessToken(await requestToken());
    const keySet = createRemoteJWKSet(new URL((await discover(issuer)).jwks_uri));
    const { protectedHeader } = await jwtVerify(token, keySet, {
      issuer,
      audience: 'http://localhost:5002',
      typ: 'at+jwt',
    });
    expect(protectedHeader).toEqual(decodeProtectedHeader(token));
  });

  test('of another server does not verify it', async () => {
    const [ours, theirs] = [await startAuthServer(), await startAuthServer()];
    const token = await accessToken(await ours.requestToken());
    const keySet = createRemoteJWKSet(new URL((await discover(theirs.issuer)).jwks_uri));
    await expect(jwtVerify(token, keySet)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });
});
