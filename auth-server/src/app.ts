/** The auth server's composition root. It builds everything once, except the provider. */
import { StartupFault } from 'shared/config/startup-fault.ts';
import type { Service, ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Outside } from './adapters/outside.ts';
import { workloadJwts } from './adapters/workload-jwts.ts';
import { adminListeners } from './app/admin.ts';
import { userAuthentication } from './app/authentication.ts';
import { currentProvider } from './app/current-provider.ts';
import { openEgress } from './app/egress.ts';
import { createFirstAdministrator } from './app/first-administrator.ts';
import { issuerApp } from './app/issuer-app.ts';
import { liveApis } from './app/live-apis.ts';
import { liveIssuer } from './app/live-issuer.ts';
import { type LiveKeys, liveKeys } from './app/live-keys.ts';
import { openStores, type StoreOverrides } from './app/open-stores.ts';
import { registeredClients } from './app/registered-clients.ts';
import { openThrottles } from './app/throttles.ts';
import type { Settings } from './config.ts';
import { causeOf, StoreUnavailable } from './core/store-unavailable.ts';
import type { UserDirectory } from './core/users/user-directory.ts';
import { cookieKeys } from './oidc/keys/cookie-keys.ts';
import { PARSED_BODY_NOTICE } from './oidc/tokens/structured-tokens.ts';
import { asStartFailure } from './stores/postgres/failures.ts';
import { whenAvailable } from './stores/when-available.ts';

/** Notices that the library prints and that an operator need not see. */
export const expectedNotices = PARSED_BODY_NOTICE;

/** Ports that a test may replace. */
interface Overrides extends StoreOverrides {
  users?: UserDirectory;
  /** In place of the internet, where the metadata documents and the keys of clients are fetched. */
  outside?: Outside;
}

/**
 * Builds the auth server, which does not listen yet. While its store cannot be reached the server reports that it is not
 * ready; it starts to work as soon as the store answers.
 *
 * @param overrides used in place of what the settings ask for
 * @throws {StartupFault} when the keys, the APIs, the clients, the database or the first administrator cannot be used
 */
export async function createApp(
  dependencies: ServiceDependencies<Settings>,
  overrides: Overrides = {},
): Promise<Service<Settings>> {
  const { settings, stopping, log } = dependencies;
  const stores = openStores(dependencies, overrides);
  const provider = currentProvider();
  const egress = openEgress(dependencies, provider, overrides.outside);
  const clients = registeredClients(settings, stores, egress.documents);
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
    egress,
    authentication,
    throttles,
    cookieKeys: cookieKeys(settings.SEALING_KEYS),
    workloads: workloadJwts(),
  };
  const live = liveIssuer(dependencies, issuerDependencies, () => keys, provider);
  const keys: LiveKeys = liveKeys(dependencies, stores, live.apis);
  const apis = liveApis(dependencies, stores, live);
  const issuer = issuerApp(dependencies, issuerDependencies, provider);
  const others = adminListeners(dependencies, { stores, clients, authentication, keys, apis, provider });

  await whenAvailable(start, stopping, log);
  return { callback: () => issuer.callback(), others, reload, close: authentication.flush };

  async function start(): Promise<void> {
    try {
      await stores.prepare();
      await createFirstAdministrator(settings, stores, authentication.hasher, log);
      await apis.follow();
      await keys.follow({ stages: live.keyStages, change: () => live.change() });
    } catch (error) {
      throw asStartFailure(error);
    }
  }

  /** Of the settings only the two files are put into use; the others are those of the start. */
  async function reload({ APIS_FILE, CLIENTS_FILE }: Settings): Promise<void> {
    if (live.keyStages() === undefined) throw new StartupFault(['the server is not ready yet; try again']);
    try {
      await live.change({ files: { APIS_FILE, CLIENTS_FILE } });
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      throw new StartupFault([`the database cannot be reached now (${causeOf(error.cause)}); try again`]);
    }
  }
}
