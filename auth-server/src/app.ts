/** The auth server's composition root. It builds everything once, except the provider. */
import type { Service, ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { adminListeners } from './app/admin.ts';
import { apisOfSettings } from './app/apis-of-settings.ts';
import { userAuthentication } from './app/authentication.ts';
import { currentProvider } from './app/current-provider.ts';
import { createFirstAdministrator } from './app/first-administrator.ts';
import { issuerApp } from './app/issuer-app.ts';
import { issuerProvider } from './app/issuer-provider.ts';
import { liveKeys } from './app/live-keys.ts';
import { openStores, type StoreOverrides } from './app/open-stores.ts';
import { registeredClients } from './app/registered-clients.ts';
import { openThrottles } from './app/throttles.ts';
import type { Settings } from './config.ts';
import type { UserDirectory } from './core/users/user-directory.ts';
import { cookieKeys } from './oidc/keys/cookie-keys.ts';
import type { SigningKeys } from './oidc/keys/provider-keys.ts';
import { PARSED_BODY_NOTICE } from './oidc/tokens/structured-tokens.ts';
import { asStartFailure } from './stores/postgres/failures.ts';
import { whenAvailable } from './stores/when-available.ts';

/** Notices that the library prints and that an operator need not see. */
export const expectedNotices = PARSED_BODY_NOTICE;

/** Ports that a test may replace. */
interface Overrides extends StoreOverrides {
  users?: UserDirectory;
}

/**
 * Builds the auth server, which does not listen yet. While its store cannot be reached the server reports that it is not
 * ready; it starts to work as soon as the store answers.
 *
 * @param overrides used in place of what the settings ask for
 * @throws {StartupFault} when the keys, the clients, the database or the first administrator cannot be used
 */
export async function createApp(
  dependencies: ServiceDependencies<Settings>,
  overrides: Overrides = {},
): Promise<Service> {
  const { settings, stopping, log } = dependencies;
  const stores = openStores(dependencies, overrides);
  const clients = registeredClients(settings, stores);
  const throttles = openThrottles(settings, stores);
  const authentication = userAuthentication(
    dependencies,
    stores,
    clients.store,
    throttles.passwords,
    overrides,
  );
  const issuerDependencies = {
    stores,
    clients,
    authentication,
    throttles,
    cookieKeys: cookieKeys(settings.SEALING_KEYS),
  };
  const apis = apisOfSettings(settings, clients);
  const keys = liveKeys(dependencies, stores, () => apis);
  const provider = currentProvider();
  const issuer = issuerApp(dependencies, issuerDependencies, provider);
  const others = adminListeners(dependencies, {
    stores,
    clients,
    authentication,
    keys,
    provider,
    apis: { current: () => apis, look: async () => {} },
  });

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

  /** The keys of a provider cannot be changed, so new keys need a new provider. Nothing else is built again. */
  async function useKeys(inUse: SigningKeys): Promise<void> {
    provider.replace(await issuerProvider(dependencies, issuerDependencies, inUse, apis));
  }
}
