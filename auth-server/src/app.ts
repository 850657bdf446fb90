/** The auth server's composition root. */
import { errors, type Provider } from 'oidc-provider';
import { health } from 'shared/http/health.ts';
import { answerProblems } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import type { Parts } from 'shared/run-service.ts';
import { StartupFault } from 'shared/startup-fault.ts';
import type { Settings } from './config.ts';
import { builtInClients, type ClientRegistration, withoutGrant } from './core/clients.ts';
import type { UserDirectory } from './core/user-directory.ts';
import { allowHosts } from './http/host-allow-list.ts';
import { neverStorePosts } from './http/never-stored.ts';
import { learnCaller, logEvents } from './oidc/events.ts';
import { exactOAuthErrors } from './oidc/oauth-errors.ts';
import { createProvider, ROUTES } from './oidc/provider.ts';
import { checkSigningKeys, makeSigningKeys } from './oidc/signing-keys.ts';
import { markStructuredTokens } from './oidc/structured-tokens.ts';
import { acceptAnyone } from './stores/accept-anyone.ts';
import { memoryArtifacts } from './stores/memory-artifacts.ts';
import { memoryClients } from './stores/memory-clients.ts';
import { memoryRevocations } from './stores/memory-revocations.ts';
import { noUsers } from './stores/no-users.ts';

const directories: Record<Settings['USER_DIRECTORY'], UserDirectory> = {
  'accept-anyone': acceptAnyone,
  none: noUsers,
};

/** @throws {StartupFault} when keys or clients cannot be used */
export async function createApp(
  { settings, log, stopping }: Parts<Settings>,
  { users = directories[settings.USER_DIRECTORY] }: { users?: UserDirectory } = {},
): Promise<Provider> {
  const clients = registeredClients(settings);
  const provider = createProvider({
    issuer: settings.ISSUER,
    resource: settings.RESOURCE,
    keys: settings.JWKS_FILE
      ? await checkSigningKeys(settings.JWKS_FILE.keys, settings.SIGNING_ALG)
      : await makeSigningKeys(settings.SIGNING_ALG),
    passwordGrant: settings.PASSWORD_GRANT === 'on',
    clients: memoryClients(clients),
    users,
    artifacts: memoryArtifacts(stopping),
    revocations: memoryRevocations(stopping),
  });
  await checkClients(provider, clients);
  if (!settings.JWKS_FILE) {
    log.warn(
      { event: 'keys.made' },
      'signing keys were made at start and end with this process: set JWKS_FILE',
    );
  }
  logEvents(provider, log);

  for (const middleware of [
    trackRequests(log),
    answerProblems(log),
    health([], stopping),
    allowHosts(settings.ISSUER, settings.ALLOWED_HOSTS),
    neverStorePosts(),
    exactOAuthErrors(settings.ISSUER),
    markStructuredTokens([ROUTES.introspection, ROUTES.revocation]),
    learnCaller(),
  ]) {
    provider.use(middleware);
  }
  return provider;
}

function registeredClients(settings: Settings): ClientRegistration[] {
  const clients: ClientRegistration[] = [
    ...builtInClients({
      webapp: {
        id: settings.WEBAPP_CLIENT_ID,
        secret: settings.WEBAPP_CLIENT_SECRET,
        redirectUri: settings.WEBAPP_REDIRECT_URI,
      },
      resourceServer: {
        id: settings.RESOURCE_SERVER_CLIENT_ID,
        secret: settings.RESOURCE_SERVER_CLIENT_SECRET,
        resource: settings.RESOURCE,
      },
    }),
    ...(settings.CLIENTS_FILE ?? []),
  ];
  return settings.PASSWORD_GRANT === 'on'
    ? clients
    : clients.map((client) => withoutGrant('password', client));
}

/** Registers every client once, so that a registration that cannot work is known at start. */
async function checkClients(provider: Provider, clients: ClientRegistration[]): Promise<void> {
  const faults: string[] = [];
  const ids = new Set<string>();
  for (const { client_id } of clients) {
    if (ids.has(client_id)) faults.push(`CLIENTS_FILE: client ${client_id} is registered twice`);
    ids.add(client_id);
    try {
      await provider.Client.find(client_id);
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error;
      faults.push(`CLIENTS_FILE: client ${client_id}: ${error.error_description}`);
    }
  }
  if (faults.length > 0) throw new StartupFault(faults);
}
