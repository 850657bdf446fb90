/** A provider without any of our code, to pin what our code assumes about oidc-provider. */
import { randomUUID } from 'node:crypto';
import { type AdapterPayload, type Configuration, Provider } from 'oidc-provider';
import { freePort, serve } from 'shared/test/serve.ts';
import { makeKey } from './auth-server.ts';

/** The confidential client of the provider. */
export const client = { client_id: 'client', client_secret: 'secret' };

/** A token that has the form of a JWT, and is of nobody. */
export const aJwt = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl';

/** A provider whose adapter records its calls, and stores nothing. */
export async function startBareProvider(
  stored: Record<string, AdapterPayload> = {},
  renderError: NonNullable<Configuration['renderError']> = () => {},
) {
  const calls: [model: string, method: string, argument: string][] = [];
  /** The `exp` of the request's token, for each token that the adapter was told to destroy. */
  const destroyed: (number | undefined)[] = [];
  /** Who makes the request, for each record that the adapter was told to store. */
  const storers: { address: string | undefined; client: string | undefined; by: string | undefined }[] = [];
  const adapter: Configuration['adapter'] = (model) => ({
    async upsert() {
      const { ip, oidc } = Provider.ctx ?? {};
      storers.push({ address: ip, client: oidc?.client?.clientId, by: oidc?.client?.clientAuthMethod });
    },
    async find(id) {
      calls.push([model, 'find', id]);
      return stored[`${model} ${id}`];
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => {},
    async destroy(id) {
      calls.push([model, 'destroy', id]);
      const { AccessToken, ClientCredentials } = Provider.ctx?.oidc.entities ?? {};
      destroyed.push((AccessToken ?? ClientCredentials)?.exp);
    },
    revokeByGrantId: async () => {},
  });
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    adapter,
    renderError,
    clients: [
      { ...client, grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
      {
        client_id: 'device',
        token_endpoint_auth_method: 'none',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    jwks: { keys: [(await makeKey('RS256')).jwk] },
    cookies: { keys: [randomUUID()] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
  });
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${issuer}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  return {
    issuer,
    calls,
    destroyed,
    storers,
    provider,
    callback: () => serve(provider.callback(), port),
    post,
  };
}

/** A token as the library stores it. */
export const storedToken = (kind: string): AdapterPayload => ({
  kind,
  jti: 'the-jti',
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + 60,
  clientId: client.client_id,
  aud: 'http://localhost:5002',
  scope: 'current_time',
  extra: { from: 'extra' },
});
