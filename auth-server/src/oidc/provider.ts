/** oidc-provider, configured to be this authorization server. */
import { type Configuration, errors, Provider } from 'oidc-provider';
import type { ArtifactStore } from '../core/artifact-store.ts';
import { type ClientStore, mayIntrospect } from '../core/clients.ts';
import type { RevocationList } from '../core/revocation-list.ts';
import type { UserDirectory } from '../core/user-directory.ts';
import { adapterFactory } from './adapter.ts';
import { clientMetadata } from './client-metadata.ts';
import { ACCESS_TOKEN_TTL, jwtAccessTokens } from './jwt-access-tokens.ts';
import { registerPasswordGrant } from './password-grant.ts';
import { type Api, resourceServer, settleScope } from './resource-servers.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Where the endpoints are. */
export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  introspection: '/introspect',
  revocation: '/revoke',
  userinfo: '/userinfo',
  jwks: '/jwks',
} as const;

export interface ProviderParts {
  issuer: string;
  /** The identifier of the API. */
  resource: string;
  keys: SigningKeys;
  passwordGrant: boolean;
  clients: ClientStore;
  users: UserDirectory;
  artifacts: ArtifactStore;
  revocations: RevocationList;
}

export function createProvider(parts: ProviderParts): Provider {
  const api: Api = { resource: parts.resource, alg: parts.keys.accessTokenAlg };
  const provider = newProvider(parts.issuer, configuration(parts, api));
  if (parts.passwordGrant) registerPasswordGrant(provider, parts.users, api);
  return provider;
}

/** The library names a private key as the cause when it does not like one; that must not be printed. */
function newProvider(issuer: string, setup: Configuration): Provider {
  try {
    return new Provider(issuer, setup);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : 'the provider cannot be configured');
  }
}

function configuration(
  { issuer, keys, clients, users, artifacts, revocations }: ProviderParts,
  api: Api,
): Configuration {
  const jwts = jwtAccessTokens(issuer, keys.keys, keys.accessTokenAlg, revocations);
  return {
    adapter: adapterFactory({ clients, artifacts, jwts }),
    jwks: { keys: keys.keys },
    routes: ROUTES,
    clientDefaults: { id_token_signed_response_alg: keys.idTokenAlg },
    extraClientMetadata: clientMetadata,
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    ttl: { AccessToken: ACCESS_TOKEN_TTL, ClientCredentials: ACCESS_TOKEN_TTL },
    findAccount: async (_ctx, sub) => {
      const user = await users.find(sub);
      return user && { accountId: user.sub, claims: () => ({ sub: user.sub }) };
    },
    renderError: (ctx, out) => {
      ctx.body = out;
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api.resource,
        getResourceServerInfo: (ctx, indicator) => {
          const info = resourceServer(indicator, api);
          if (ctx.oidc.params?.grant_type === 'client_credentials') settleScope(ctx);
          return info;
        },
      },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, caller, token) =>
          mayIntrospect({
            caller: { clientId: caller.clientId, resource: caller.resource as string | undefined },
            token: { clientId: token.clientId, audience: 'aud' in token ? [token.aud ?? []].flat() : [] },
          }),
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, caller, token) => {
          if (token.clientId === caller.clientId) return true;
          // RFC 7009 §2.1: refused, and the client is told.
          throw new errors.InvalidRequest('the token was not issued to this client');
        },
      },
    },
  };
}
