/** Builds the library's provider for one set of keys, APIs and clients, with the middleware and the listeners that belong to it. */
import type Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import type { Apis } from '../core/apis/apis.ts';
import { withKnownScope, withKnownScopes } from '../core/apis/known-scopes.ts';
import type { OriginStands } from '../core/exchange/origin-stands.ts';
import { pathOfIssuer } from '../core/issuer-path.ts';
import type { WorkloadJwts } from '../core/workloads/verify-workload.ts';
import { forPrefix } from '../http/for-prefix.ts';
import { pages } from '../http/pages/all-pages.ts';
import { interactionRoutes } from '../http/sign-in/interaction-routes.ts';
import { spellResources } from '../oidc/apis/resource-spelling.ts';
import { auditEvents } from '../oidc/audit/audit-events.ts';
import { libraryToken } from '../oidc/clients/admit-strangers.ts';
import { checkClients } from '../oidc/clients/client-metadata.ts';
import { withDocuments } from '../oidc/clients/document-clients.ts';
import { noteWrongRegistrationTokens } from '../oidc/clients/limit-registration.ts';
import { outgoingFetch } from '../oidc/clients/outgoing-fetch.ts';
import { keepUsedStrangers } from '../oidc/clients/used-strangers.ts';
import { ROUTES } from '../oidc/endpoints.ts';
import { originCheck } from '../oidc/exchange/origins.ts';
import { type FastPath, fastPath } from '../oidc/fast-path/fast-path.ts';
import type { SigningKeys } from '../oidc/keys/provider-keys.ts';
import { completeMetadata } from '../oidc/metadata.ts';
import { createProvider } from '../oidc/provider.ts';
import { interactions } from '../oidc/sign-in/library-interactions.ts';
import { stepUpInPlainOAuth } from '../oidc/sign-in/step-up-parameters.ts';
import { logEvents } from '../oidc/telemetry/log-events.ts';
import { type JwtAccessTokens, jwtAccessTokens } from '../oidc/tokens/jwt-access-tokens.ts';
import { markStructuredTokens } from '../oidc/tokens/structured-tokens.ts';
import type { Stores } from '../stores/stores.ts';
import type { Authentication } from './authentication.ts';
import type { Egress } from './egress.ts';
import type { ClientOfSettings, RegisteredClients } from './registered-clients.ts';
import type { Throttles } from './throttles.ts';

/** What the issuer is built from, whatever is replaced while it runs. */
export interface IssuerDependencies {
  stores: Stores;
  clients: RegisteredClients;
  egress: Egress;
  authentication: Authentication;
  throttles: Throttles;
  /** The keys that sign cookies, the one in use first. */
  cookieKeys: string[];
  /** The JWTs of workloads, and the keys of their issuers. */
  workloads: WorkloadJwts;
}

/** What is another with every provider. */
export interface Replaced {
  keys: SigningKeys;
  apis: Apis;
  /** The clients of the settings. */
  clients: readonly ClientOfSettings[];
}

/**
 * Builds a provider. Another one is built whenever one of them changes, so nothing in a provider may outlive it: no timer, no
 * metric, and no listener on anything but the provider itself.
 *
 * @throws {StartupFault} that names each client of the settings that cannot be used
 */
export async function issuerProvider(
  { settings, ...telemetry }: ServiceDependencies<Settings>,
  issuer: IssuerDependencies,
  replaced: Replaced,
): Promise<Provider> {
  const { stores, clients } = issuer;
  const { keys, apis } = replaced;
  const fast = fastPath(settings.FAST_PATH);
  const originStands = originCheck({ ...stores, apis, clients: clients.known });
  const jwts = jwtAccessTokens({
    issuer: settings.ISSUER,
    keys,
    apis,
    revocations: stores.revocations,
    clients: clients.known,
    originStands,
    own: fast?.ownTokens,
  });
  const provider = configuredProvider(settings, issuer, { ...replaced, jwts, originStands, fast });
  await checkClients(
    provider,
    replaced.clients.map(({ client, setting }) => ({ id: client.client_id, setting })),
  );
  logEvents(provider, telemetry);
  auditEvents(provider);
  noteWrongRegistrationTokens(provider);
  for (const middleware of [
    spellResources(apis),
    stepUpInPlainOAuth([
      ROUTES.authorization,
      ROUTES.pushed_authorization_request,
      ROUTES.device_authorization,
    ]),
    ...(fast
      ? [fast.introspectPlainly(ROUTES.introspection, provider, jwts, issuer.throttles.clientSecrets, apis)]
      : []),
    markStructuredTokens([ROUTES.introspection, ROUTES.revocation]),
    completeMetadata(apis),
    keepUsedStrangers(stores.artifacts),
    ...forPrefix('/interaction/', interactionPages(provider, settings.ISSUER, issuer, apis)),
  ]) {
    provider.use(middleware);
  }
  return provider;
}

function configuredProvider(
  settings: Settings,
  { stores, clients, egress, authentication, throttles, cookieKeys, workloads }: IssuerDependencies,
  {
    keys,
    apis,
    clients: ofSettings,
    jwts,
    originStands,
    fast,
  }: Replaced & { jwts: JwtAccessTokens; originStands: OriginStands; fast: FastPath | undefined },
): Provider {
  return createProvider({
    issuer: settings.ISSUER,
    apis,
    keys,
    cookieKeys,
    passwordGrant: settings.PASSWORD_GRANT === 'on',
    refreshTokens: {
      rotation: settings.REFRESH_TOKEN_ROTATION,
      overlap: settings.REFRESH_TOKEN_OVERLAP_SECONDS,
    },
    initialAccessToken:
      settings.REGISTRATION === 'off' ? undefined : libraryToken(settings.INITIAL_ACCESS_TOKEN),
    registered: withOneId(ofSettings).map((client) => withKnownScope(client, apis)),
    clients: withDocuments(withKnownScopes(clients.store, apis), egress.documents),
    knownClients: clients.known,
    takesDocuments: egress.documents !== undefined,
    fetch: outgoingFetch(egress.fetch, egress.budget),
    users: authentication.users,
    unitOfWork: stores.unitOfWork,
    signIn: authentication.signIn,
    throttles,
    artifacts: stores.artifacts,
    jwts,
    originStands,
    workloads,
    fastPath: fast,
    pages,
  });
}

/** The pages on which a user signs in and consents. */
function interactionPages(
  provider: Provider,
  issuer: string,
  { authentication, stores }: IssuerDependencies,
  apis: Apis,
): Router {
  const { users, signIn, admit } = authentication;
  return interactionRoutes({
    issuerPath: pathOfIssuer(issuer),
    interactions: interactions(provider, stores.artifacts, apis),
    signIn,
    admit,
    nameOf: async (sub) => (await users.find(sub))?.claims?.preferred_username ?? sub,
  });
}

/** The clients of the settings, the last one of each id; {@link checkClients} reports ids that are used twice. */
function withOneId(ofSettings: readonly ClientOfSettings[]) {
  return [...new Map(ofSettings.map(({ client }) => [client.client_id, client])).values()];
}
