/** The auth server's composition root: all that it is made of, each built once, but for the provider. */
import type { Service, ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { adminListeners } from './app/admin.ts';
import { userAuthentication } from './app/authentication.ts';
import { currentProvider } from './app/current-provider.ts';
import { createFirstAdministrator } from './app/first-administrator.ts';
import { guessLimits } from './app/guess-limits.ts';
import { issuerApp } from './app/issuer-app.ts';
import { issuerProvider } from './app/issuer-provider.ts';
import { liveKeys } from './app/live-keys.ts';
import { openStores } from './app/open-stores.ts';
import { registeredClients } from './app/registered-clients.ts';
import type { Settings } from './config.ts';
import type { ArtifactStore } from './core/grants/artifact-store.ts';
import type { UserDirectory } from './core/users/user-directory.ts';
import { cookieKeys } from './oidc/keys/cookie-keys.ts';
import type { SigningKeys } from './oidc/keys/provider-keys.ts';
import { PARSED_BODY_NOTICE } from './oidc/tokens/structured-tokens.ts';
import { asStartFailure } from './stores/postgres/failures.ts';
import { whenAvailable } from './stores/when-available.ts';

/** What the library prints that is of no interest to an operator. */
export const expectedNotices = PARSED_BODY_NOTICE;

/** Overrides that a test may replace. */
interface Overrides {
  users?: UserDirectory;
  artifacts?: ArtifactStore;
}

/**
 * The auth server with what it needs, but for the overrides that are given. It does not listen yet. While its store is away
 * it says so, and begins to work when the store is there.
 *
 * @throws {StartupFault} when keys, clients, the database or the first administrator cannot be used
 */
export async function createApp(
  dependencies: ServiceDependencies<Settings>,
  overrides: Overrides = {},
): Promise<Service> {
  const { settings, stopping, log } = dependencies;
  const stores = openStores(dependencies, overrides);
  const clients = registeredClients(settings, stores);
  const guesses = guessLimits(settings, stores);
  const authentication = userAuthentication(
    dependencies,
    stores,
    clients.store,
    guesses.passwords,
    overrides,
  );
  const issuerDependencies = {
    stores,
    clients,
    authentication,
    guesses,
    cookieKeys: cookieKeys(settings.SEALING_KEYS),
  };
  const keys = liveKeys(dependencies, stores);
  const provider = currentProvider();
  const issuer = issuerApp(dependencies, issuerDependencies, provider);
  const others = adminListeners(dependencies, { stores, clients, authentication, keys, provider });

  await whenAvailable(start, stopping, log);
  return { callback: () => issuer.callback(), others, close: authentication.flush };

  async function start(): Promise<void> {
    try {
      await stores.prepare();
      await createFirstAdministrator(settings, stores, authentication.hasher, log);
      await keys.follow(useKeys);
    } catch (error) {
      throw asStartFailure(error);
    }
  }

  /** A provider has its keys for good: for others there is another, the one thing that is built again. */
  async function useKeys(inUse: SigningKeys): Promise<void> {
    provider.replace(await issuerProvider(dependencies, issuerDependencies, inUse));
  }
}
