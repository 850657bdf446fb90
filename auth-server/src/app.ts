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
import { requestFacts } from 'shared/request-context.ts';
import type { Parts, Service } from 'shared/run-service.ts';
import { StartupFault } from 'shared/startup-fault.ts';
import type { Settings } from './config.ts';
import type { ArtifactStore } from './core/artifact-store.ts';
import { auditedSignIn } from './core/audited-sign-in.ts';
import { demoClient, resourceServerClient, webappClient } from './core/built-in-clients.ts';
import { type ClientRegistration, withoutGrant } from './core/clients.ts';
import { firstAdmin } from './core/first-admin.ts';
import { limitGuesses } from './core/guess-limits.ts';
import type { GuessThrottle } from './core/guess-throttle.ts';
import { keyRing } from './core/key-ring.ts';
import { ownUsers } from './core/own-users.ts';
import type { PasswordHasher } from './core/passwords.ts';
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
import { auditEvents, recordAuditEvents } from './oidc/audit-events.ts';
import { checkClients } from './oidc/client-metadata.ts';
import { clientsOf } from './oidc/client-secrets.ts';
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
import { allClients, inOrder } from './stores/all-clients.ts';
import { argon2Passwords } from './stores/argon2-passwords.ts';
import { type BatchedAudit, batchedAudit } from './stores/batched-audit.ts';
import { memoryClients } from './stores/memory-clients.ts';
import { noUsers } from './stores/no-users.ts';
import { postgresStores } from './stores/postgres/stores.ts';
import { memoryStores, type Stores } from './stores/stores.ts';
import { throttleSecret } from './stores/throttle-secret.ts';
import { whenAvailable } from './stores/when-available.ts';

/** How long a request may take, in milliseconds. */
const LONGEST_MS = 5_000;

/** How long a retired key stays published, in milliseconds: sessions, which may use an ID token to end, live as long. */
const RETIRE_MS = 24 * 60 * 60_000;

/** What the library prints that is of no interest to an operator. */
export const expectedNotices = PARSED_BODY_NOTICE;

/** Ports that a test may replace. */
interface Ports {
  users?: UserDirectory;
  artifacts?: ArtifactStore;
}

/** What is there once, whichever keys the app works with. */
interface Lasting {
  stores: Stores;
  users: UserDirectory;
  hasher: PasswordHasher;
  throttle: GuessThrottle;
  /** Records of who signs in with a password; where anyone may, nobody wants to know. */
  signIns: BatchedAudit | undefined;
  cookieKeys: string[];
}

/**
 * The auth server with what it needs, but for the ports that are given. It does not listen yet. While its store is away
 * it says so, and begins to work when the store is there.
 *
 * @throws {StartupFault} when keys, clients, the database or the first administrator cannot be used
 */
export async function createApp(parts: Parts<Settings>, ports: Ports = {}): Promise<Service> {
  const { settings, stopping, log } = parts;
  const lasting = lastingParts(parts, ports);
  const { stores, signIns } = lasting;
  const app = replaceable(waitingApp(parts, stores));
  const use = async (keys: SigningKeys) => app.replace(await workingApp(parts, lasting, keys));
  await whenAvailable(start, stopping, log);
  return { callback: app.callback, close: async () => signIns?.flush() };

  async function start(): Promise<void> {
    await stores.prepare();
    await beginAdministration(settings, lasting, log);
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

function lastingParts(parts: Parts<Settings>, { users, artifacts }: Ports): Lasting {
  const { settings, stopping, log } = parts;
  const stores = { ...storesFor(parts), ...(artifacts && { artifacts }) };
  const hasher = argon2Passwords({
    memoryKiB: settings.ARGON2_MEMORY_KIB,
    passes: settings.ARGON2_PASSES,
    parallelism: settings.ARGON2_PARALLELISM,
  });
  const throttle = limitGuesses(stores.guesses, throttleSecret(settings.SEALING_KEYS?.[0]));
  const rehashFailed = (err: unknown) =>
    log.warn({ event: 'password.not_rehashed', err }, 'a password was not hashed anew');
  const directories: Record<Settings['USER_DIRECTORY'], UserDirectory> = {
    'accept-anyone': acceptAnyone,
    database: ownUsers({ store: stores.users, hasher, throttle, rehashFailed }),
    none: noUsers,
  };
  const failed = (err: unknown) =>
    log.warn({ event: 'audit.delayed', err }, 'who signs in cannot be recorded now');
  return {
    stores,
    hasher,
    throttle,
    users: users ?? directories[settings.USER_DIRECTORY],
    signIns:
      settings.USER_DIRECTORY === 'accept-anyone'
        ? undefined
        : batchedAudit(stores.audit, stopping, { failed }),
    cookieKeys: cookieKeys(settings.SEALING_KEYS),
  };
}

/** Creates the administrator whom the settings name, where there is none. */
async function beginAdministration(
  { FIRST_ADMIN_USERNAME: username, FIRST_ADMIN_PASSWORD: password }: Settings,
  { stores, hasher }: Lasting,
  log: Logger,
): Promise<void> {
  if (username === undefined || password === undefined) return;
  const result = await firstAdmin(stores.users, hasher, { username, password });
  if (result === 'created') log.info({ event: 'admin.created' }, 'the first administrator was created');
  if (result === 'taken') throw new StartupFault(['FIRST_ADMIN_USERNAME: is that of a user who is no admin']);
  if (result === 'invalid')
    throw new StartupFault(['FIRST_ADMIN_USERNAME: must have 3 to 100 visible characters']);
  if (result === 'weak_password')
    throw new StartupFault([
      'FIRST_ADMIN_PASSWORD: must have 8 to 1,000 characters, and not be a common password',
    ]);
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
  { stores, users, signIns, cookieKeys }: Lasting,
  keys: SigningKeys,
): Promise<App> {
  const { artifacts, revocations, dependencies } = stores;
  const overload = overloadProtection(signals, stopping);
  const registered = registeredClients(settings);
  const passwordGrant = settings.PASSWORD_GRANT === 'on';
  const clients = allClients(
    inOrder(memoryClients(registered.map(({ client }) => client)), clientsOf(stores.clients, passwordGrant)),
    artifacts,
  );
  const signIn = signIns
    ? auditedSignIn(signInWith(users, clients), signIns.record, signInRequest)
    : signInWith(users, clients);
  const provider = createProvider({
    issuer: settings.ISSUER,
    resource: settings.RESOURCE,
    keys,
    cookieKeys,
    passwordGrant,
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
  auditEvents(provider);

  const router = interactionRoutes({
    interactions: interactions(provider),
    signIn,
    admit: admitWith(users, clients),
    log: signals.log,
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
    recordAuditEvents(stores.audit, signals.log),
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

/** What the record of a sign-in says of its request. */
function signInRequest() {
  const facts = requestFacts();
  return { requestId: facts?.requestId, client: facts?.clientId };
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
