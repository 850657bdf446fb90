/** The auth server's composition root. */
import type Koa from 'koa';
import { takeBodies } from 'shared/http/body-limit.ts';
import { deadlines } from 'shared/http/deadlines.ts';
import { health } from 'shared/http/health.ts';
import { refuseOverload } from 'shared/http/overload.ts';
import { answerProblems } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import type { Logger } from 'shared/logger.ts';
import type { Parts } from 'shared/run-service.ts';
import type { Settings } from './config.ts';
import type { ArtifactStore } from './core/artifact-store.ts';
import { demoClient, resourceServerClient, webappClient } from './core/built-in-clients.ts';
import { type ClientRegistration, withoutGrant } from './core/clients.ts';
import { admitWith, signInWith } from './core/sign-in.ts';
import type { UserDirectory } from './core/user-directory.ts';
import { emptyAsJson } from './http/empty-json.ts';
import { readableFormPosts } from './http/form-posts.ts';
import { forwarded } from './http/forwarded.ts';
import { allowHosts } from './http/host-allow-list.ts';
import { interactionRoutes } from './http/interactions.ts';
import { neverStorePosts } from './http/never-stored.ts';
import { pageHeaders } from './http/page-headers.ts';
import { pages } from './http/pages/pages.ts';
import { takePostedRequests } from './http/posted-requests.ts';
import { under } from './http/under.ts';
import { checkClients } from './oidc/client-metadata.ts';
import { countIntrospections, countTokens, routeOf } from './oidc/event-metrics.ts';
import { learnCaller, logEvents } from './oidc/events.ts';
import { interactions } from './oidc/interactions.ts';
import { exactOAuthErrors } from './oidc/oauth-errors.ts';
import { createProvider, ROUTES, redirectUriOf } from './oidc/provider.ts';
import { checkSigningKeys, makeSigningKeys, type SigningKeys } from './oidc/signing-keys.ts';
import { markStructuredTokens, PARSED_BODY_NOTICE } from './oidc/structured-tokens.ts';
import { acceptAnyone } from './stores/accept-anyone.ts';
import { allClients } from './stores/all-clients.ts';
import { memoryArtifacts } from './stores/memory-artifacts.ts';
import { memoryClients } from './stores/memory-clients.ts';
import { memoryRevocations } from './stores/memory-revocations.ts';
import { noUsers } from './stores/no-users.ts';

/** How long a request may take, in milliseconds. */
const LONGEST_MS = 5_000;

const directories: Record<Settings['USER_DIRECTORY'], UserDirectory> = {
  'accept-anyone': acceptAnyone,
  none: noUsers,
};

/** What the library prints that is of no interest to an operator. */
export const expectedNotices = PARSED_BODY_NOTICE;

/**
 * The auth server with what it needs, but for the ports that are given. It does not listen yet.
 *
 * @throws {StartupFault} when keys or clients cannot be used
 */
export async function createApp(
  { settings, stopping, ...signals }: Parts<Settings>,
  {
    users = directories[settings.USER_DIRECTORY],
    artifacts = memoryArtifacts(stopping),
  }: { users?: UserDirectory; artifacts?: ArtifactStore } = {},
): Promise<Koa> {
  const registered = registeredClients(settings);
  const clients = allClients(memoryClients(registered.map(({ client }) => client)), artifacts);
  const signIn = signInWith(users, clients);
  const keys = settings.JWKS_FILE
    ? await checkSigningKeys(settings.JWKS_FILE.keys, settings.SIGNING_ALG)
    : await makeSigningKeys(settings.SIGNING_ALG);
  const provider = createProvider({
    issuer: settings.ISSUER,
    resource: settings.RESOURCE,
    keys,
    passwordGrant: settings.PASSWORD_GRANT === 'on',
    initialAccessToken: settings.INITIAL_ACCESS_TOKEN,
    registered: withOneId(registered.map(({ client }) => client)),
    clients,
    users,
    signIn,
    artifacts,
    revocations: memoryRevocations(stopping),
    pages,
  });
  await checkClients(
    provider,
    registered.map(({ client, setting }) => ({ id: client.client_id, setting })),
  );
  warnOfKeys(settings, keys, signals.log);
  logEvents(provider, signals);
  countTokens(provider, signals.metrics);

  const router = interactionRoutes({
    interactions: interactions(provider),
    signIn,
    admit: admitWith(users, clients),
  });
  for (const middleware of [
    trackRequests(signals, routeOf),
    pageHeaders(redirectUriOf, [ROUTES.token, ROUTES.introspection]),
    readableFormPosts(),
    answerProblems(signals, pages.problem),
    takeBodies(),
    health([], stopping),
    refuseOverload(signals),
    deadlines(LONGEST_MS),
    forwarded(settings.ISSUER, settings.TRUSTED_PROXIES),
    allowHosts(settings.ISSUER, settings.ALLOWED_HOSTS),
    neverStorePosts(),
    takePostedRequests([ROUTES.authorization, ROUTES.end_session]),
    emptyAsJson([ROUTES.revocation]),
    exactOAuthErrors(settings.ISSUER),
    markStructuredTokens([ROUTES.introspection, ROUTES.revocation]),
    learnCaller(),
    countIntrospections(signals.metrics),
    ...under('/interaction/', router),
  ]) {
    provider.use(middleware);
  }
  return provider;
}

/** Of clients that share an id the last; that they do is told by {@link checkClients}. */
function withOneId(clients: ClientRegistration[]): ClientRegistration[] {
  return [...new Map(clients.map((client) => [client.client_id, client])).values()];
}

function warnOfKeys(settings: Settings, { idTokenAlg }: SigningKeys, log: Logger): void {
  if (!settings.JWKS_FILE) {
    log.warn(
      { event: 'keys.made' },
      'signing keys were made at start and end with this process: set JWKS_FILE',
    );
  } else if (idTokenAlg !== 'RS256') {
    // OpenID Connect Discovery §3 wants it among the algorithms of ID tokens.
    log.warn(
      { event: 'keys.no_rs256' },
      `no key of JWKS_FILE is for RS256, which OpenID Connect clients may need: ID tokens are signed with ${idTokenAlg}`,
    );
  }
}

/** The clients, each with the setting that it comes from. */
function registeredClients(settings: Settings): { setting: string; client: ClientRegistration }[] {
  const webapp = webappClient(
    settings.WEBAPP_CLIENT_ID,
    settings.WEBAPP_CLIENT_SECRET,
    settings.WEBAPP_REDIRECT_URI,
  );
  const resourceServer = resourceServerClient(
    settings.RESOURCE_SERVER_CLIENT_ID,
    settings.RESOURCE_SERVER_CLIENT_SECRET,
    settings.RESOURCE,
  );
  const clients = [
    ...(settings.APP_ENV === 'production' ? [] : [{ setting: 'APP_ENV', client: demoClient }]),
    { setting: 'WEBAPP_CLIENT_ID', client: webapp },
    { setting: 'RESOURCE_SERVER_CLIENT_ID', client: resourceServer },
    ...(settings.CLIENTS_FILE ?? []).map((client) => ({ setting: 'CLIENTS_FILE', client })),
  ];
  if (settings.PASSWORD_GRANT === 'on') return clients;
  return clients.map(({ setting, client }) => ({ setting, client: withoutGrant('password', client) }));
}
