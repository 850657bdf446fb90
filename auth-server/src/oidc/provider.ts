/** oidc-provider, configured to be this authorization server. */
import {
  type ClientMetadata,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import type { Apis } from '../core/apis/apis.ts';
import { OIDC_SCOPES } from '../core/apis/scopes.ts';
import type { ClientRegistration, ClientStore, KnownClients } from '../core/clients/client-registration.ts';
import type { OriginStands } from '../core/exchange/origin-stands.ts';
import type { ArtifactStore } from '../core/grants/artifact-store.ts';
import { pathOfIssuer } from '../core/issuer-path.ts';
import { ACR_VALUES } from '../core/sign-in/authentication-context.ts';
import type { SignIn } from '../core/sign-in/sign-in.ts';
import type { SecretThrottle } from '../core/throttle/secret-throttle.ts';
import type { UserCodeThrottle } from '../core/throttle/user-code-throttle.ts';
import type { UnitOfWork } from '../core/unit-of-work.ts';
import type { UserDirectory } from '../core/users/user-directory.ts';
import type { WorkloadJwts } from '../core/workloads/verify-workload.ts';
import { adapterFactory } from './adapter.ts';
import { resourceIndicators } from './apis/resource-servers.ts';
import { requireShortLife } from './clients/assertion-lifetime.ts';
import { clientMetadata } from './clients/client-metadata.ts';
import { compareHashedSecrets } from './clients/client-secrets.ts';
import { authenticated, limitClientSecrets } from './clients/limit-client-secrets.ts';
import { selfRegistration } from './clients/self-registered.ts';
import { ROUTES } from './endpoints.ts';
import { delegationOf } from './exchange/delegation-claims.ts';
import { registerTokenExchange } from './exchange/token-exchange-grant.ts';
import type { FastPath } from './fast-path/fast-path.ts';
import { slowDownPolls } from './grants/device-polls.ts';
import { endGrantsWithSessions, expiryDecider, grantLoader } from './grants/grants-in-use.ts';
import { registerPasswordGrant } from './grants/password-grant.ts';
import type { SigningKeys } from './keys/provider-keys.ts';
import { type Pages, pageHooks } from './library-pages.ts';
import { ttl } from './lifetimes.ts';
import { promptPolicy } from './sign-in/interaction-policy.ts';
import { limitUserCodes } from './sign-in/limit-user-codes.ts';
import { keepOpenPages } from './sign-in/open-pages.ts';
import { stepUpParameters } from './sign-in/step-up-parameters.ts';
import { SESSION_CLAIM } from './tokens/admin-tokens.ts';
import { PROOF_ALGS } from './tokens/dpop-binding.ts';
import { withGrantedScope } from './tokens/granted-scope.ts';
import { maySee } from './tokens/introspection-policy.ts';
import type { JwtAccessTokens } from './tokens/jwt-access-tokens.ts';
import {
  longerAccess,
  type RefreshTokenRules,
  refreshTokenIssuer,
  refreshTokenRotation,
} from './tokens/refresh-tokens.ts';
import { signInClaims } from './tokens/sign-in-claims.ts';
import { writeWhatWaited } from './tokens/used-when-issued.ts';
import { accountFinder, CLAIMS } from './users/claims.ts';
import { fillIdTokens } from './users/id-token-claims.ts';
import { registerJwtBearer } from './workloads/jwt-bearer-grant.ts';

/** What the provider is configured with. */
export interface ProviderDependencies {
  issuer: string;
  apis: Apis;
  keys: SigningKeys;
  /** The keys that sign cookies, the one in use first. All replicas need the same keys. */
  cookieKeys: string[];
  passwordGrant: boolean;
  refreshTokens: RefreshTokenRules;
  /** The token that dynamic registration requires; undefined turns registration off. */
  initialAccessToken: string | undefined;
  /** The clients of the settings. The library keeps them ready, and lets nobody change them. */
  registered: ClientRegistration[];
  /** All clients. */
  clients: ClientStore;
  /** Which clients there still are. */
  knownClients: KnownClients;
  /** Whether there are clients of metadata documents among them. */
  takesDocuments: boolean;
  /** Sends the library's requests to URLs that clients have named. */
  fetch: NonNullable<Configuration['fetch']>;
  users: UserDirectory;
  signIn: SignIn;
  /** The throttles of client secrets and user codes. */
  throttles: { clientSecrets: SecretThrottle; userCodes: UserCodeThrottle };
  artifacts: ArtifactStore;
  unitOfWork: UnitOfWork;
  jwts: JwtAccessTokens;
  /** Whether what an exchanged token came from is still in force. */
  originStands: OriginStands;
  /** Reads the JWTs of workloads, and checks their signatures. */
  workloads: WorkloadJwts;
  /** The shortcuts around the library; undefined when they are off. */
  fastPath: FastPath | undefined;
  pages: Pages;
}

/** The library's provider, which is also the Koa application that its middleware is added to. */
export function createProvider(dependencies: ProviderDependencies): Provider {
  const provider = newProvider(dependencies.issuer, configuration(dependencies));
  compareHashedSecrets(provider);
  limitClientSecrets(provider, dependencies.throttles.clientSecrets);
  keepOpenPages(provider);
  limitUserCodes(provider, dependencies.throttles.userCodes);
  slowDownPolls(provider, dependencies.artifacts);
  fillIdTokens(provider);
  endGrantsWithSessions(provider);
  dependencies.fastPath?.rememberIssued(provider);
  registerTokenExchange(provider, dependencies);
  registerJwtBearer(provider, dependencies);
  if (dependencies.passwordGrant) registerPasswordGrant(provider, dependencies.signIn, dependencies.apis);
  // Only headers that we trust are left when the provider sees a request.
  provider.proxy = true;
  provider.maxIpsCount = 1;
  return provider;
}

/** Whether an authorization request's redirect URI has passed the library's check, so that its answer is for the client. */
export function isForClient(ctx: object): boolean {
  return (ctx as Partial<KoaContextWithOIDC>).oidc?.redirectUriCheckPerformed === true;
}

/** When the library rejects a private key, its error contains the key as the cause. That must not be printed. */
function newProvider(issuer: string, setup: Configuration): Provider {
  try {
    return new Provider(issuer, setup);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : 'the provider cannot be configured');
  }
}

/** Introspection and revocation find the grant of a token by these, and the admin API the session of who acts. */
function grantClaims(token: InstanceType<Provider['AccessToken' | 'ClientCredentials']>, apis: Apis) {
  if (!('grantId' in token) || !token.grantId) return undefined;
  const isForAdmin = apis.find(String(token.aud))?.administers === true;
  return { grant_id: token.grantId, ...(isForAdmin && { [SESSION_CLAIM]: token.sessionUid }) };
}

function configuration(dependencies: ProviderDependencies): Configuration {
  const { keys, clients, users, artifacts, jwts, fastPath, apis } = dependencies;
  const hooks = pageHooks(dependencies.pages);
  const path = pathOfIssuer(dependencies.issuer);
  const isForLonger = longerAccess(selfRegistration(artifacts));
  return {
    adapter: adapterFactory({
      apis,
      clients,
      knownClients: dependencies.knownClients,
      artifacts,
      jwts,
      originStands: dependencies.originStands,
      users,
      unitOfWork: dependencies.unitOfWork,
      refreshTokenOverlap: dependencies.refreshTokens.overlap,
    }),
    clients: dependencies.registered as ClientMetadata[],
    jwks: { keys: fastPath?.keysInThread(keys.keys) ?? keys.keys },
    // Other sites of the host, such as another issuer, do not get the session.
    cookies: { keys: dependencies.cookieKeys, long: { httpOnly: true, sameSite: 'lax', path: path || '/' } },
    routes: ROUTES,
    ttl,

    // With the scopes of all APIs, so that clients may register them; some are in several APIs.
    scopes: [...new Set([...OIDC_SCOPES, ...apis.all.flatMap(({ scopes }) => [...scopes.keys()])])],
    claims: CLAIMS,
    findAccount: accountFinder(users),
    extraTokenClaims: async (ctx, token) => {
      await writeWhatWaited(ctx);
      return { ...signInClaims(ctx, token), ...grantClaims(token, apis), ...delegationOf(token) };
    },
    formats: { customizers: { jwt: withGrantedScope } },

    clientDefaults: {
      id_token_signed_response_alg: keys.idTokenAlg,
      introspection_signed_response_alg: keys.accessTokenAlg,
    },
    extraClientMetadata: clientMetadata,
    // Not the library's feature, which would take `first_party` and the like from a document.
    ...(dependencies.takesDocuments && { discovery: { client_id_metadata_document_supported: true } }),
    fetch: dependencies.fetch,
    // The library asks once the signature of an assertion is known to be right.
    assertJwtClientAuthClaimsAndHeader(ctx, claims, _header, client) {
      requireShortLife(claims);
      return authenticated(dependencies.throttles.clientSecrets, ctx, client);
    },
    clientBasedCORS: (_ctx, origin, client) =>
      // Sandboxed pages of any site have the origin null, and so do the redirect URIs of native clients.
      origin !== 'null' &&
      client.clientAuthMethod === 'none' &&
      client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) === true,

    enabledJWA: { dPoPSigningAlgValues: PROOF_ALGS },
    acrValues: ACR_VALUES,
    extraParams: stepUpParameters,
    responseTypes: ['code'],
    // Otherwise a token request could leave out the redirect URI of its authorization request (RFC 6749 §4.1.3).
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' || client.require_pkce !== false },
    interactions: { policy: promptPolicy(), url: (_ctx, { uid }) => `${path}/interaction/${uid}` },
    loadExistingGrant: grantLoader(artifacts, apis),
    issueRefreshToken: refreshTokenIssuer(isForLonger),
    expiresWithSession: expiryDecider(artifacts, isForLonger),
    rotateRefreshToken: refreshTokenRotation(dependencies.refreshTokens.rotation),
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
      resourceIndicators: resourceIndicators(apis),
      registration: {
        enabled: dependencies.initialAccessToken !== undefined,
        initialAccessToken: dependencies.initialAccessToken ?? false,
      },
      registrationManagement: { enabled: dependencies.initialAccessToken !== undefined },
      jwtIntrospection: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (ctx, caller, token) =>
          maySee(
            ctx,
            caller,
            { clientId: token.clientId, audience: 'aud' in token ? [token.aud ?? []].flat() : [] },
            apis,
          ),
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
