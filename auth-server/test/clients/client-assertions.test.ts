/** Clients that authenticate by JWTs (RFC 7523 §2.2): with a key of their own or with their secret, at every endpoint. */
import { randomUUID } from 'node:crypto';
import {
  type CryptoKey,
  decodeJwt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import * as openid from 'openid-client';
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { api, pkce } from '../support/code-flow.ts';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const SECRET = 'a-secret-of-at-least-thirty-two-characters';

const registration = {
  grant_types: ['client_credentials', 'authorization_code', DEVICE],
  redirect_uris: ['https://client.example/callback'],
  scope: 'current_time',
};

/** A server with two clients that sign with keys of their own, and one that signs with its secret. */
async function start(FAST_PATH = 'on') {
  const [keys, others] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
  const byKey = async (client_id: string, { publicKey }: typeof keys) => ({
    ...registration,
    client_id,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: client_id }] },
  });
  const bySecret = {
    ...registration,
    client_id: 'by-secret',
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_jwt',
  };
  const clients = [await byKey('by-key', keys), await byKey('another', others), bySecret];
  const server = await startAuthServer({ CLIENTS_FILE: await temporaryFile(clients), FAST_PATH });
  const secret = new TextEncoder().encode(SECRET);
  return { ...server, keys, others, secret };
}

type Server = Awaited<ReturnType<typeof start>>;

describe.each(['on', 'off'])('openid-client, with FAST_PATH=%s,', (FAST_PATH) => {
  test.each<[method: string, id: string, authentication: (server: Server) => openid.ClientAuth]>([
    ['private_key_jwt', 'by-key', ({ keys }) => openid.PrivateKeyJwt(keys.privateKey)],
    ['client_secret_jwt', 'by-secret', () => openid.ClientSecretJwt(SECRET)],
  ])('authenticates by %s at every endpoint', async (_method, id, authentication) => {
    const server = await start(FAST_PATH);
    const config = await openid.discovery(new URL(server.issuer), id, {}, authentication(server), {
      execute: [openid.allowInsecureRequests],
    });
    const { access_token } = await openid.clientCredentialsGrant(config, { resource: api });
    expect(await openid.tokenIntrospection(config, access_token)).toMatchObject({
      active: true,
      client_id: id,
    });
    await openid.tokenRevocation(config, access_token);
    expect(await openid.tokenIntrospection(config, access_token)).toEqual({ active: false });
    const pushed = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: 'https://client.example/callback',
      scope: 'current_time',
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    });
    expect(pushed.searchParams.get('request_uri')).toMatch(/^urn:/);
    const device = await openid.initiateDeviceAuthorization(config, { scope: 'current_time' });
    expect(device).toMatchObject({ device_code: expect.any(String), user_code: expect.any(String) });
  });
});

const now = () => Math.floor(Date.now() / 1_000);

/** The claims of a good assertion. */
function claimsOf(id: string, aud: unknown) {
  return { iss: id, sub: id, aud, exp: now() + 60, iat: now(), jti: randomUUID() };
}

const signed = (
  claims: Record<string, unknown>,
  key: CryptoKey | Uint8Array,
  alg = 'ES256',
  header: object = {},
) => new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(key);

/** Every endpoint at which a client authenticates, with a request that is good but for the client's authentication. */
const ENDPOINTS: [path: string, form: Record<string, string>][] = [
  ['/token', { grant_type: 'client_credentials' }],
  ['/introspect', { token: 'abc' }],
  ['/revoke', { token: 'abc' }],
  [
    '/par',
    {
      response_type: 'code',
      redirect_uri: 'https://client.example/callback',
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    },
  ],
  ['/device_authorization', {}],
];

describe.each(ENDPOINTS)('at %s', (path, form) => {
  const present = ({ post }: Server, client_assertion: string, more: Record<string, string> = {}) => {
    // An authorization request has it in any case (RFC 9126 §2.1).
    const id = path === '/par' ? { client_id: String(decodeJwt(client_assertion).sub) } : {};
    return post(path, { ...form, ...id, client_assertion, client_assertion_type: TYPE, ...more });
  };

  test.each<[what: string, aud: (issuer: string) => unknown]>([
    ['the issuer identifier', (issuer) => issuer],
    ['the token endpoint', (issuer) => `${issuer}/token`],
    ['the endpoint itself', (issuer) => `${issuer}${path}`],
    ['a list with one of them', (issuer) => ['https://other.example', issuer]],
  ])('the audience of an assertion may be %s', async (_what, aud) => {
    const server = await start();
    const assertion = await signed(claimsOf('by-key', aud(server.issuer)), server.keys.privateKey);
    expect((await present(server, assertion)).status).toBeLessThan(300);
  });

  test('an assertion is good once', async () => {
    const server = await start();
    for (const assertion of [
      await signed(claimsOf('by-key', server.issuer), server.keys.privateKey),
      await signed(claimsOf('by-secret', server.issuer), server.secret, 'HS256'),
    ]) {
      expect((await present(server, assertion)).status).toBeLessThan(300);
      await expectRefusal(await present(server, assertion), 401, 'invalid_client');
    }
  });

  test.each<[what: string, forged: (server: Server) => Promise<string>]>([
    [
      'for another server',
      ({ keys }) => signed(claimsOf('by-key', 'https://other.example'), keys.privateKey),
    ],
    ['for nobody', ({ keys }) => signed(claimsOf('by-key', undefined), keys.privateKey)],
    [
      'that has expired',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), exp: now() - 60 }, keys.privateKey),
    ],
    [
      'without `exp`',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), exp: undefined }, keys.privateKey),
    ],
    [
      'that is good for two days',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), exp: now() + 172_800 }, keys.privateKey),
    ],
    [
      'that is good for ever',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), exp: 1e300 }, keys.privateKey),
    ],
    [
      'without `jti`',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), jti: undefined }, keys.privateKey),
    ],
    [
      'that is not valid yet',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), nbf: now() + 60 }, keys.privateKey),
    ],
    [
      'of an issuer that is not the client',
      ({ issuer, keys }) => signed({ ...claimsOf('by-key', issuer), iss: 'another' }, keys.privateKey),
    ],
    [
      "by another client's key",
      ({ issuer, others }) => signed(claimsOf('by-key', issuer), others.privateKey),
    ],
    [
      'by a key that it brings itself',
      async ({ issuer, others }) => {
        const jwk = await exportJWK(others.publicKey);
        return signed(claimsOf('by-key', issuer), others.privateKey, 'ES256', { jwk, kid: 'by-key' });
      },
    ],
    [
      'that nobody signed',
      async ({ issuer }) => new UnsecuredJWT({ ...claimsOf('by-key', issuer), aud: issuer }).encode(),
    ],
    [
      'by HMAC with the public key',
      async ({ issuer, keys }) => {
        const pem = new TextEncoder().encode(await exportSPKI(keys.publicKey));
        return signed(claimsOf('by-key', issuer), pem, 'HS256');
      },
    ],
    [
      'by HMAC with another secret',
      ({ issuer }) => signed(claimsOf('by-secret', issuer), new Uint8Array(32).fill(7), 'HS256'),
    ],
    [
      'by a key where the client has a secret',
      ({ issuer, keys }) => signed(claimsOf('by-secret', issuer), keys.privateKey),
    ],
  ])('an assertion is invalid_client %s', async (_what, forged) => {
    const server = await start();
    await expectRefusal(await present(server, await forged(server)), 401, 'invalid_client');
  });

  test('an assertion beside another `client_id`, or beside a secret, is refused', async () => {
    const server = await start();
    const assertion = () => signed(claimsOf('by-key', server.issuer), server.keys.privateKey);
    for (const more of [{ client_id: 'another' }, { client_secret: SECRET }] as Record<string, string>[]) {
      const response = await present(server, await assertion(), more);
      await expectRefusal(response, 400, 'invalid_request');
    }
  });

  test('a secret in the place of an assertion is invalid_client', async () => {
    const { post } = await start();
    const response = await post(path, { ...form, client_id: 'by-secret', client_secret: SECRET });
    await expectRefusal(response, 401, 'invalid_client');
  });
});
