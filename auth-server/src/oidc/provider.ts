/** oidc-provider, configured to be this authorization server. */
import {
  type ClientMetadata,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import { ADMIN_SCOPES } from '../core/apis/admin-scopes.ts';
import { OIDC_SCOPES, SCOPES } from '../core/apis/scopes.ts';
import type { ClientRegistration, ClientStore } from '../core/clients/client-registration.ts';
import type { ArtifactStore } from '../core/grants/artifact-store.ts';
import type { SignIn } from '../core/sign-in/sign-in.ts';
import type { UserDirectory } from '../core/users/user-directory.ts';
import { adapterFactory } from './adapter.ts';
import { type Api, resourceIndicators } from './apis/resource-servers.ts';
import { clientMetadata } from './clients/client-metadata.ts';
import { compareHashedSecrets } from './clients/client-secrets.ts';
import type { FastPath } from './fast-path/fast-path.ts';
import { registerPasswordGrant } from './grants/password-grant.ts';
import { grantLoader } from './grants/remembered-grants.ts';
import type { SigningKeys } from './keys/provider-keys.ts';
import { tellingOutages } from './library-outages.ts';
import { type Pages, pageHooks } from './library-pages.ts';
import { ttl } from './lifetimes.ts';
import { textOf } from './parameters.ts';
import { promptPolicy } from './sign-in/interaction-policy.ts';
import { SESSION_CLAIM } from './tokens/admin-tokens.ts';
import { maySee } from './tokens/introspection-policy.ts';
import type { JwtAccessTokens } from './tokens/jwt-access-tokens.ts';
import { expiresWithSession, issueRefreshToken } from './tokens/refresh-tokens.ts';

/** Where the endpoints are. */
export const ROUTES = {
  authorization: '/authorize',
  code_verification: '/device',
  device_authorization: '/device_authorization',
  end_session: '/logout',
  introspection: '/introspect',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  registration: '/register',
  revocation: '/revoke',
  token: '/token',
  userinfo: '/userinfo',
} as const;

export interface ProviderDependencies {
  issuer: string;
  /** The identifier of the API. */
  resource: string;
  /** The identifier of the admin API, where there is one. */
  adminResource: string | undefined;
  keys: SigningKeys;
  /** What cookies are signed with, the key in use first. All replicas need the same. */
  cookieKeys: string[];
  passwordGrant: boolean;
  /** What dynamic registration needs; without one there is none. */
  initialAccessToken: string | undefined;
  /** The clients that are there from the start. The library keeps them ready, and lets nobody change them. */
  registered: ClientRegistration[];
  /** These, and those that registered themselves. */
  clients: ClientStore;
  users: UserDirectory;
  signIn: SignIn;
  artifacts: ArtifactStore;
  jwts: JwtAccessTokens;
  /** What goes round the library; undefined where nothing does. */
  fastPath: FastPath | undefined;
  pages: Pages;
}

/** The library's provider, which is also the Koa application that its middleware is added to. */
export function createProvider(parts: ProviderDependencies): Provider {
  const api: Api = {
    resource: parts.resource,
    adminResource: parts.adminResource,
    alg: parts.keys.accessTokenAlg,
  };
  const provider = newProvider(parts.issuer, configuration(parts, api));
  compareHashedSecrets(provider);
  parts.fastPath?.rememberIssued(provider);
  if (parts.passwordGrant) registerPasswordGrant(provider, parts.signIn, api);
  // Whose X-Forwarded-* is believed is decided before the provider sees a request.
  provider.proxy = true;
  provider.maxIpsCount = 1;
  return provider;
}

/** Where the answer of an authorization or logout request goes, once the library has checked that it may. */
export function redirectUriOf(ctx: object): string | undefined {
  const { oidc } = ctx as Partial<KoaContextWithOIDC>;
  if (oidc?.redirectUriCheckPerformed) return textOf(oidc.params?.redirect_uri);
  return oidc?.route === 'end_session' ? textOf(oidc.params?.post_logout_redirect_uri) : undefined;
}

/** The library names a private key as the cause when it does not like one; that must not be printed. */
function newProvider(issuer: string, setup: Configuration): Provider {
  try {
    return new Provider(issuer, setup);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : 'the provider cannot be configured');
  }
}

/** Introspection and revocation find the grant of a token by these, and the admin API the session of who acts. */
function grantClaims(
  token: InstanceType<Provider['AccessToken' | 'ClientCredentials']>,
  adminResource?: string,
) {
  if (!('grantId' in token) || !token.grantId) return undefined;
  const isForAdmin = adminResource !== undefined && token.aud === adminResource;
  return { grant_id: token.grantId, ...(isForAdmin && { [SESSION_CLAIM]: token.sessionUid }) };
}

function configuration(parts: ProviderDependencies, api: Api): Configuration {
  const { keys, clients, users, artifacts, jwts, fastPath } = parts;
  const hooks = pageHooks(parts.pages);
  return {
    adapter: adapterFactory({ clients, artifacts, jwts }),
    clients: parts.registered as ClientMetadata[],
    jwks: { keys: fastPath?.keysInThread(keys.keys) ?? keys.keys },
    cookies: { keys: parts.cookieKeys },
    routes: ROUTES,
    ttl,

    // The API's too, so that they are advertised and clients may register them.
    scopes: [...OIDC_SCOPES, ...SCOPES, ...(parts.adminResource === undefined ? [] : ADMIN_SCOPES)],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    findAccount: async (_ctx, sub) => {
      const user = await tellingOutages(users.find(sub));
      return user && { accountId: user.sub, claims: () => ({ ...user.claims, sub: user.sub }) };
    },
    extraTokenClaims: (_ctx, token) => grantClaims(token, parts.adminResource),

    clientDefaults: {
      id_token_signed_response_alg: keys.idTokenAlg,
      introspection_signed_response_alg: keys.accessTokenAlg,
    },
    extraClientMetadata: clientMetadata,
    clientBasedCORS: (_ctx, origin, client) =>
      // Sandboxed pages of any site have the origin null, and so do the redirect URIs of native clients.
      origin !== 'null' &&
      client.clientAuthMethod === 'none' &&
      client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) === true,

    responseTypes: ['code'],
    // The library would let a redemption leave out the redirect URI that its request had (RFC 6749 §4.1.3).
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' || client.require_pkce !== false },
    interactions: { policy: promptPolicy(), url: (_ctx, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: grantLoader(api, artifacts),
    issueRefreshToken,
    expiresWithSession,
    rotateRefreshToken: () => true,
    revokeGrantPolicy: () => true,
    renderError: hooks.renderError,

    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, ...hooks.deviceFlow },
      dPoP: { enabled: true },
      ...fastPath?.features,
      pushedAuthorizationRequests: { enabled: true },
      rpInitiatedLogout: { enabled: true, ...hooks.rpInitiatedLogout },
      resourceIndicators: resourceIndicators(api),
      registration: {
        enabled: parts.initialAccessToken !== undefined,
        initialAccessToken: parts.initialAccessToken ?? false,
      },
      registrationManagement: { enabled: parts.initialAccessToken !== undefined },
      jwtIntrospection: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (ctx, caller, token) =>
          maySee(ctx, caller, {
            clientId: token.clientId,
            audience: 'aud' in token ? [token.aud ?? []].flat() : [],
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
