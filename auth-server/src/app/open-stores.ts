/** Opens the stores that the settings ask for: in a database, or in the memory of this process. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import type { ArtifactStore } from '../core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../oidc/artifact-models.ts';
import { postgresStores } from '../stores/postgres/postgres-stores.ts';
import { memoryStores, type Stores } from '../stores/stores.ts';

/** Opens the stores. They connect to nothing until they are prepared. */
export function openStores(
  dependencies: ServiceDependencies<Settings>,
  { artifacts }: { artifacts?: ArtifactStore },
): Stores {
  return { ...storesFor(dependencies), ...(artifacts && { artifacts }) };
}

function storesFor({ settings, stopping, log }: ServiceDependencies<Settings>): Stores {
  const { DATABASE_URL: url, SEALING_KEYS: sealingKeys, MIGRATIONS: migrations } = settings;
  const connections = settings.DATABASE_CONNECTIONS;
  if (url === undefined || sealingKeys === undefined) return memoryStores(ARTIFACT_MODELS, stopping);
  return postgresStores({ url, sealingKeys, migrations, connections }, ARTIFACT_MODELS, { log }, stopping);
}
