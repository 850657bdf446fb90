/** What our code assumes of oidc-provider about when a code, a device code or a refresh token is used up, pinned on the bare library: an upgrade that changes it fails here. */
// Only src/oidc may import the library otherwise; these tests do so because the library is all that they test.
import { randomUUID } from 'node:crypto';
import { type AdapterPayload, type Configuration, Provider } from 'oidc-provider';
import { freePort, serve } from 'shared/test/serve.ts';
import { describe, expect, test } from 'vitest';
import { makeKey } from '../support/auth-server.ts';
import { client } from '../support/bare-provider.ts';

describe('a token request that uses up a code, a device code or a refresh token', () => {
  const API = 'https://api.example';
  const device = 'urn:ietf:params:oauth:grant-type:device_code';
  const now = Math.floor(Date.now() / 1_000);
  const source = (kind: string): AdapterPayload => ({
    kind,
    jti: 'one',
    iat: now,
    exp: now + 60,
    clientId: client.client_id,
    accountId: 'alice',
    grantId: 'grant',
    gty: 'authorization_code',
    redirectUri: 'https://app.example/',
    resource: API,
    scope: 'openid read',
  });

  /** A provider whose every step is noted: what it reads and writes, and when it asks for claims and for the form of the JWT. */
  async function startNoting() {
    const steps: string[] = [];
    const grant = {
      kind: 'Grant',
      jti: 'grant',
      iat: now,
      exp: now + 60,
      clientId: client.client_id,
      accountId: 'alice',
      openid: { scope: 'openid' },
      resources: { [API]: 'read' },
    };
    const adapter: Configuration['adapter'] = (model) => ({
      upsert: async () => void steps.push(`store ${model}`),
      find: async (id) => (model === 'Grant' ? grant : id === 'one' ? source(model) : undefined),
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      consume: async () => void steps.push('consume'),
      destroy: async () => void steps.push(`destroy ${model}`),
      revokeByGrantId: async () => {},
    });
    const port = await freePort();
    const provider = new Provider(`http://127.0.0.1:${port}`, {
      adapter,
      clients: [
        {
          ...client,
          grant_types: ['authorization_code', 'refresh_token', device],
          redirect_uris: ['https://app.example/'],
        },
      ],
      jwks: { keys: [(await makeKey('RS256')).jwk] },
      cookies: { keys: [randomUUID()] },
      pkce: { required: () => false },
      rotateRefreshToken: () => true,
      issueRefreshToken: async () => true,
      findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      extraTokenClaims: () => void steps.push('ask for claims'),
      formats: {
        customizers: {
          jwt({ oidc: { entities } }, token, jwt) {
            const found = entities.RefreshToken ?? entities.AuthorizationCode ?? entities.DeviceCode;
            steps.push(`form a JWT for ${found?.scope} of ${entities.Grant?.getOIDCScope()}`);
            token.scope = 'changed';
            jwt.payload.scope = 'changed, too';
          },
        },
      },
      features: {
        devInteractions: { enabled: false },
        deviceFlow: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo(_ctx, indicator) {
            steps.push(`resolve ${indicator}`);
            return { scope: 'read', audience: indicator, accessTokenFormat: 'jwt' };
          },
        },
      },
    });
    const url = await serve(provider.callback(), port);
    const send = async (form: Record<string, string>) => {
      const body = new URLSearchParams({ ...client, ...form });
      const response = await fetch(`${url}/token`, { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    return { steps, send };
  }

  test.each([
    [
      'a code',
      { grant_type: 'authorization_code', code: 'one', redirect_uri: 'https://app.example/' },
      [],
      ['store RefreshToken'],
    ],
    ['a device code', { grant_type: device, device_code: 'one' }, [], ['store RefreshToken']],
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'one' }, ['store RefreshToken'], []],
  ])(
    'consumes %s early, and asks for the claims of the access token after its last check',
    async (_what, form, before, after) => {
      const { steps, send } = await startNoting();
      expect(await send({ ...form, resource: 'https://other.example' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_target' },
      });
      expect(steps.splice(0)).toEqual(['consume', ...before]);

      const { status, body } = await send(form);
      expect(status).toBe(200);
      expect(steps).toEqual([
        'consume',
        ...before,
        `resolve ${API}`,
        'ask for claims',
        'form a JWT for openid read of openid',
        ...after,
      ]);
      // What our code adds to the scope is said in the answer, and in the token.
      expect(body.scope).toBe('changed');
      const [, payload = ''] = String(body.access_token).split('.');
      expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
        scope: 'changed, too',
      });
    },
  );
});
