/** oidc-provider alone, to measure what its token and introspection endpoints cost without our code. */
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { BENCH_CLIENT } from './systems.ts';

const port = Number(process.env.PORT);
const { privateKey } = await generateKeyPair('ES256', { extractable: true });

/** The smallest store that works, without expiry or limits. */
const store = new Map<string, object>();
const adapter = (model: string) => ({
  upsert: async (id: string, payload: object) => void store.set(model + id, payload),
  find: async (id: string) => store.get(model + id),
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  consume: async () => {},
  destroy: async (id: string) => void store.delete(model + id),
  revokeByGrantId: async () => {},
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: adapter as never,
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }] as never },
  clients: [{ ...BENCH_CLIENT, id_token_signed_response_alg: 'ES256', response_types: [] }],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  routes: { token: '/token', introspection: '/introspect' },
  ttl: { AccessToken: 5, ClientCredentials: 5 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx) => (ctx.oidc.params?.resource ? undefined : 'http://127.0.0.1:1') as never,
      getResourceServerInfo: (_ctx, indicator) => ({
        scope: 'current_time epoch_time',
        audience: 'http://127.0.0.1:1',
        accessTokenTTL: 5,
        // A second indicator gets opaque tokens, which the library can introspect.
        ...(indicator.endsWith('/opaque')
          ? { accessTokenFormat: 'opaque' as const }
          : { accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } }),
      }),
    },
  },
});

// The smallest password grant with the library's public interface.
provider.registerGrantType<{ username?: string; password?: string; scope?: string }>(
  'password',
  async (ctx) => {
    const { client, params } = ctx.oidc;
    const token = new provider.AccessToken({
      client,
      accountId: params.username,
      scope: params.scope,
    } as never);
    token.resourceServer = new provider.ResourceServer('http://127.0.0.1:1', {
      scope: 'current_time epoch_time',
      accessTokenTTL: 5,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    });
    ctx.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: 5, scope: token.scope };
  },
  ['username', 'password', 'scope'],
);
provider.listen(port, '127.0.0.1');
