/** The auth server's composition root. */
import Koa from 'koa';
import { takeBodies } from 'shared/http/body-limit.ts';
import { deadlines } from 'shared/http/deadlines.ts';
import { type Dependency, health } from 'shared/http/health.ts';
import { matchedRoute } from 'shared/http/matched-route.ts';
import { overloadProtection } from 'shared/http/overload.ts';
import { answerProblems, Problem } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import type { Logger } from 'shared/logger.ts';
import type { Parts } from 'shared/run-service.ts';
import type { Settings } from './config.ts';
import type { ArtifactStore } from './core/artifact-store.ts';
import { demoClient, resourceServerClient, webappClient } from './core/built-in-clients.ts';
import { type ClientRegistration, withoutGrant } from './core/clients.ts';
import { keyRing } from './core/key-ring.ts';
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
import { type App, replaceable } from './http/replaceable.ts';
import { under } from './http/under.ts';
import { checkClients } from './oidc/client-metadata.ts';
import { cookieKeys } from './oidc/cookie-keys.ts';
import { countIntrospections, countTokens, routeOf } from './oidc/event-metrics.ts';
import { learnCaller, logEvents } from './oidc/events.ts';
import { followKeys } from './oidc/follow-keys.ts';
import { interactions } from './oidc/interactions.ts';
import { exactOAuthErrors } from './oidc/oauth-errors.ts';
import { createProvider, ROUTES, redirectUriOf } from './oidc/provider.ts';
import {
  checkSigningKeys,
  makeKey,
  neededAlgs,
  type SigningKeys,
  signingKeysOf,
} from './oidc/signing-keys.ts';
import { markStructuredTokens, PARSED_BODY_NOTICE } from './oidc/structured-tokens.ts';
import { acceptAnyone } from './stores/accept-anyone.ts';
import { allClients } from './stores/all-clients.ts';
import { memoryClients } from './stores/memory-clients.ts';
import { noUsers } from './stores/no-users.ts';
import { postgresStores } from './stores/postgres/stores.ts';
import { memoryStores, type Stores } from './stores/stores.ts';
import { whenAvailable } from './stores/when-available.ts';

/** How long a request may take, in milliseconds. */
const LONGEST_MS = 5_000;

/** How long a retired key stays published, in milliseconds: sessions, which may use an ID token to end, live as long. */
const RETIRE_MS = 24 * 60 * 60_000;

const directories: Record<Settings['USER_DIRECTORY'], UserDirectory> = {
  'accept-anyone': acceptAnyone,
  none: noUsers,
};

/** What the library prints that is of no interest to an operator. */
export const expectedNotices = PARSED_BODY_NOTICE;

/** Ports that a test may replace. */
interface Ports {
  users?: UserDirectory;
  artifacts?: ArtifactStore;
}

/**
 * The auth server with what it needs, but for the ports that are given. It does not listen yet. While its store is away
 * it says so, and begins to work when the store is there.
 *
 * @throws {StartupFault} when keys, clients or the database cannot be used
 */
export async function createApp(parts: Parts<Settings>, { users, artifacts }: Ports = {}): Promise<App> {
  const { settings, stopping, log } = parts;
  const stores = { ...storesFor(parts), ...(artifacts && { artifacts }) };
  const directory = users ?? directories[settings.USER_DIRECTORY];
  const cookies = cookieKeys(settings.SEALING_KEYS);
  const app = replaceable(waitingApp(parts, stores));
  const use = async (keys: SigningKeys) =>
    app.replace(await workingApp(parts, stores, directory, keys, cookies));
  await whenAvailable(start, stopping, log);
  return app;

  async function start(): Promise<void> {
    await stores.prepare();
    if (settings.JWKS_FILE) {
      const keys = await checkSigningKeys(settings.JWKS_FILE.keys, settings.SIGNING_ALG);
      await use(keys);
      warnOfKeys(keys, log);
    } else {
      const ring = keyRing(stores.signingKeys, makeKey, neededAlgs(settings.SIGNING_ALG), {
        maxAgeMs: settings.KEY_ROTATION_DAYS * 24 * 60 * 60_000,
        publishMs: settings.KEY_PUBLISH_SECONDS * 1_000,
        retireMs: RETIRE_MS,
      });
      await followKeys(
        ring,
        (published) => use(signingKeysOf(published, settings.SIGNING_ALG)),
        stopping,
        log,
      );
      if (!settings.DATABASE_URL) warnOfMemory(log);
    }
  }
}

function storesFor({ settings, stopping, log }: Parts<Settings>): Stores {
  const { DATABASE_URL: url, SEALING_KEYS: sealingKeys, MIGRATIONS: migrations } = settings;
  if (url === undefined || sealingKeys === undefined) return memoryStores(stopping);
  return postgresStores({ url, sealingKeys, migrations }, { log }, stopping);
}

/** Holds until the working app is there, however well the store is. */
const beginning: Dependency = { name: 'start', check: () => Promise.reject(new Error('not started yet')) };

/** What answers until the store is there. */
function waitingApp({ stopping, ...signals }: Parts<Settings>, { dependencies }: Stores): App {
  const app = new Koa();
  for (const middleware of [
    trackRequests(signals, () => undefined),
    answerProblems(signals),
    health([...dependencies, beginning], stopping),
    function refuse() {
      throw new Problem(503, 'The database cannot be reached. Try again later.');
    },
  ]) {
    app.use(middleware);
  }
  return app;
}

/** What answers with certain keys. */
async function workingApp(
  { settings, stopping, ...signals }: Parts<Settings>,
  { artifacts, revocations, dependencies }: Stores,
  users: UserDirectory,
  keys: SigningKeys,
  cookieKeys: string[],
): Promise<App> {
  const overload = overloadProtection(signals, stopping);
  const registered = registeredClients(settings);
  const clients = allClients(memoryClients(registered.map(({ client }) => client)), artifacts);
  const signIn = signInWith(users, clients);
  const provider = createProvider({
    issuer: settings.ISSUER,
    resource: settings.RESOURCE,
    keys,
    cookieKeys,
    passwordGrant: settings.PASSWORD_GRANT === 'on',
    initialAccessToken: settings.INITIAL_ACCESS_TOKEN,
    registered: withOneId(registered.map(({ client }) => client)),
    clients,
    users,
    signIn,
    artifacts,
    revocations,
    pages,
  });
  await checkClients(
    provider,
    registered.map(({ client, setting }) => ({ id: client.client_id, setting })),
  );
  logEvents(provider, signals);

  const router = interactionRoutes({
    interactions: interactions(provider),
    signIn,
    admit: admitWith(users, clients),
  });
  for (const middleware of [
    overload.refuseEarly(),
    trackRequests(signals, (ctx) => routeOf(ctx) ?? matchedRoute(ctx)),
    pageHeaders(redirectUriOf, [ROUTES.token, ROUTES.introspection]),
    readableFormPosts(),
    answerProblems(signals, pages.problem),
    takeBodies(),
    health(dependencies, stopping),
    overload.admit(),
    deadlines(LONGEST_MS),
    forwarded(settings.ISSUER, settings.TRUSTED_PROXIES),
    allowHosts(settings.ISSUER, settings.ALLOWED_HOSTS),
    neverStorePosts(),
    takePostedRequests([ROUTES.authorization, ROUTES.end_session]),
    emptyAsJson([ROUTES.revocation]),
    countTokens(signals.metrics),
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

function warnOfMemory(log: Logger): void {
  log.warn(
    { event: 'keys.made' },
    'signing keys are in memory and end with this process: set JWKS_FILE or DATABASE_URL',
  );
}

function warnOfKeys({ idTokenAlg }: SigningKeys, log: Logger): void {
  // OpenID Connect Discovery §3 wants it among the algorithms of ID tokens.
  if (idTokenAlg === 'RS256') return;
  log.warn(
    { event: 'keys.no_rs256' },
    `no key of JWKS_FILE is for RS256, which OpenID Connect clients may need: ID tokens are signed with ${idTokenAlg}`,
  );
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
