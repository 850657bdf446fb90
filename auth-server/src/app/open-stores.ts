/** Opens the stores that the settings ask for: in a database, or in the memory of this process. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import { ARTIFACT_MODELS } from '../oidc/artifact-models.ts';
import { postgresStores } from '../stores/postgres/postgres-stores.ts';
import { memoryStores, type Stores } from '../stores/stores.ts';

/** Stores in the place of those that the settings ask for. */
export type StoreOverrides = Partial<Omit<Stores, 'users'>>;

/** Opens the stores. They connect to nothing until they are prepared. */
export function openStores(dependencies: ServiceDependencies<Settings>, overrides: StoreOverrides): Stores {
  const stores = storesFor(dependencies);
  // Not the user directory, of which there is an override of the same name.
  return { ...stores, ...overrides, users: stores.users };
}

function storesFor({ settings, stopping, log }: ServiceDependencies<Settings>): Stores {
  const { DATABASE_URL: url, SEALING_KEYS: sealingKeys, MIGRATIONS: migrations } = settings;
  const connections = settings.DATABASE_CONNECTIONS;
  if (url === undefined || sealingKeys === undefined) return memoryStores(ARTIFACT_MODELS, stopping);
  return postgresStores({ url, sealingKeys, migrations, connections }, ARTIFACT_MODELS, { log }, stopping);
}
