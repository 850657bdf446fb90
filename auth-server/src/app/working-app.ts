/** The issuer and its admin API, as they answer with certain keys. */
import { takeBodies } from 'shared/http/body-limit.ts';
import { deadlines } from 'shared/http/deadlines.ts';
import { health } from 'shared/http/health.ts';
import { matchedRoute } from 'shared/http/matched-route.ts';
import { overloadProtection } from 'shared/http/overload.ts';
import { answerProblems } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { requestFacts } from 'shared/telemetry/request-context.ts';
import type { Settings } from '../config.ts';
import type { ClientRegistration } from '../core/clients/client-registration.ts';
import { auditedSignIn } from '../core/sign-in/audited-sign-in.ts';
import { admitWith, signInWith } from '../core/sign-in/sign-in.ts';
import type { KeyAdministration } from '../http/admin/use-cases.ts';
import { emptyAsJson } from '../http/empty-json.ts';
import { forPrefix } from '../http/for-prefix.ts';
import { readableFormPosts } from '../http/form-posts.ts';
import { forwarded } from '../http/forwarded.ts';
import { allowHosts } from '../http/host-allow-list.ts';
import { neverStorePosts } from '../http/never-stored.ts';
import { pageHeaders } from '../http/page-headers.ts';
import { pages } from '../http/pages/all-pages.ts';
import { takePostedRequests } from '../http/posted-requests.ts';
import type { App } from '../http/replaceable.ts';
import { interactionRoutes } from '../http/sign-in/interaction-routes.ts';
import { unitPerPost } from '../http/unit-of-work.ts';
import { auditEvents, recordAuditEvents } from '../oidc/audit/audit-events.ts';
import { checkClients } from '../oidc/clients/client-metadata.ts';
import { clientsOf } from '../oidc/clients/client-secrets.ts';
import { introspectPlainly } from '../oidc/fast-path/plain-introspection.ts';
import { releaseContext } from '../oidc/fast-path/release-context.ts';
import type { SigningKeys } from '../oidc/keys/provider-keys.ts';
import { exactOAuthErrors } from '../oidc/oauth-errors.ts';
import { createProvider, ROUTES, redirectUriOf } from '../oidc/provider.ts';
import { interactions } from '../oidc/sign-in/library-interactions.ts';
import { countIntrospections, countTokens, routeOf } from '../oidc/telemetry/event-metrics.ts';
import { addCallerFacts, logEvents } from '../oidc/telemetry/log-events.ts';
import { jwtAccessTokens } from '../oidc/tokens/jwt-access-tokens.ts';
import { markStructuredTokens } from '../oidc/tokens/structured-tokens.ts';
import { allClients, inOrder } from '../stores/all-clients.ts';
import { memoryClients } from '../stores/fixed-clients.ts';
import { adminOf } from './admin.ts';
import type { Lasting } from './lasting-parts.ts';
import { settingsClients } from './settings-clients.ts';

/** How long a request may take, in milliseconds. */
const LONGEST_MS = 5_000;

/** What answers with certain keys. */
export async function workingApp(
  parts: ServiceDependencies<Settings>,
  lasting: Lasting,
  keys: SigningKeys,
  keyAdministration: KeyAdministration,
): Promise<{ app: App; admin: App }> {
  const { settings, stopping, ...telemetry } = parts;
  const { stores, users, signIns, cookieKeys } = lasting;
  const { artifacts, revocations, dependencies } = stores;
  const overload = overloadProtection(telemetry, stopping);
  const registered = settingsClients(settings);
  const passwordGrant = settings.PASSWORD_GRANT === 'on';
  const clients = allClients(
    inOrder(memoryClients(registered.map(({ client }) => client)), clientsOf(stores.clients, passwordGrant)),
    artifacts,
  );
  const signIn = signIns
    ? auditedSignIn(signInWith(users, clients), signIns.record, signInRequest)
    : signInWith(users, clients);
  const jwts = jwtAccessTokens({
    issuer: settings.ISSUER,
    keys: keys.keys,
    algorithm: keys.accessTokenAlg,
    revocations,
    clients,
  });
  const provider = createProvider({
    issuer: settings.ISSUER,
    resource: settings.RESOURCE,
    adminResource: settings.ADMIN_PORT === undefined ? undefined : settings.ADMIN_RESOURCE,
    keys,
    cookieKeys,
    passwordGrant,
    initialAccessToken: settings.INITIAL_ACCESS_TOKEN,
    registered: withOneId(registered.map(({ client }) => client)),
    clients,
    users,
    signIn,
    artifacts,
    jwts,
    pages,
  });
  await checkClients(
    provider,
    registered.map(({ client, setting }) => ({ id: client.client_id, setting })),
  );
  logEvents(provider, telemetry);
  auditEvents(provider);

  const router = interactionRoutes({
    interactions: interactions(provider),
    signIn,
    admit: admitWith(users, clients),
    nameOf: async (sub) => (await users.find(sub))?.claims?.preferred_username ?? sub,
  });
  for (const middleware of [
    overload.refuseEarly(),
    trackRequests(telemetry, (ctx) => routeOf(ctx) ?? matchedRoute(ctx)),
    pageHeaders(redirectUriOf, [ROUTES.token, ROUTES.introspection]),
    readableFormPosts(),
    answerProblems(telemetry, pages.problem),
    takeBodies(),
    health(dependencies, stopping),
    deadlines(LONGEST_MS),
    // Within: what goes on after its caller has left still takes its place.
    overload.admit(),
    releaseContext(),
    forwarded(settings.ISSUER, settings.TRUSTED_PROXIES),
    allowHosts(settings.ISSUER, settings.ALLOWED_HOSTS),
    recordAuditEvents(stores.audit, telemetry.log),
    neverStorePosts(),
    takePostedRequests([ROUTES.authorization, ROUTES.end_session]),
    emptyAsJson([ROUTES.revocation]),
    countTokens(telemetry.metrics),
    exactOAuthErrors(settings.ISSUER, telemetry.log),
    unitPerPost(stores.unitOfWork),
    countIntrospections(telemetry.metrics),
    introspectPlainly(ROUTES.introspection, provider, jwts),
    markStructuredTokens([ROUTES.introspection, ROUTES.revocation]),
    addCallerFacts(),
    ...forPrefix('/interaction/', router),
  ]) {
    provider.use(middleware);
  }
  const admin = adminOf(parts, lasting, { provider, clients, keys: keyAdministration });
  return { app: provider, admin };
}

/** What the record of a sign-in says of its request. */
function signInRequest() {
  const facts = requestFacts();
  return { requestId: facts?.requestId, client: facts?.clientId };
}

/** Of clients that share an id the last; that they do is told by {@link checkClients}. */
function withOneId(clients: ClientRegistration[]): ClientRegistration[] {
  return [...new Map(clients.map((client) => [client.client_id, client])).values()];
}
