/** All stores of the auth server in PostgreSQL, which any number of replicas share and which outlive them. */
import { sql } from 'kysely';
import { StartupFault } from 'shared/config/startup-fault.ts';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import type { ArtifactModels } from '../../core/grants/artifact-store.ts';
import type { AttemptCounts } from '../../core/throttle/attempt-counts.ts';
import type { Stores } from '../stores.ts';
import { postgresApis } from './apis.ts';
import { postgresArtifacts } from './artifacts.ts';
import { postgresAttempts } from './attempts.ts';
import { postgresAudit } from './audit.ts';
import { postgresClientRegistry } from './clients.ts';
import { openDatabase } from './database.ts';
import { postgresRevocations } from './revocations.ts';
import { isCurrent, migrate } from './run-migrations.ts';
import { sealer, WrongSealingKey } from './sealing.ts';
import { postgresSigningKeys } from './signing-keys.ts';
import { sweepExpired } from './sweeper.ts';
import { type UnitHooks, unitsOfWork } from './units/transactions.ts';
import { postgresUsers } from './users.ts';

/** How the stores reach and use the database. */
export interface PostgresSettings {
  url: string;
  /** The keys that seal private keys and other secrets: 32 bytes each, the one in use first. */
  sealingKeys: [Uint8Array, ...Uint8Array[]];
  /** Who brings the schema up to date: the first replica that starts, or `npm run migrate`. */
  migrations: 'start' | 'manual';
  /** How many connections there may be at once, but for that of the migrations. */
  connections: number;
}

/**
 * The stores over one database. `prepare` migrates it or checks its schema, and starts the sweeper.
 *
 * @param stopping ends the sweeper
 */
export function postgresStores(
  { url, sealingKeys, migrations, connections }: PostgresSettings,
  models: ArtifactModels,
  { log }: Pick<Telemetry, 'log'>,
  stopping: AbortSignal,
): Stores {
  const database = openDatabase(url, {
    connections,
    connectionLost: (err) => log.warn({ event: 'database.connection_lost', err }, 'a connection was lost'),
  });
  const seals = sealer(sealingKeys);
  const signingKeys = postgresSigningKeys(database, seals);
  const units = unitsOfWork(database);
  let sweeping = false;

  return {
    artifacts: postgresArtifacts(models, units.database, seals, units),
    revocations: postgresRevocations(units.database, units),
    signingKeys,
    users: postgresUsers(units.database, units.transaction),
    attempts: lasting(postgresAttempts(units.database), units),
    clients: postgresClientRegistry(units.database),
    apis: postgresApis(units.database, units),
    audit: postgresAudit(units.database, units),
    unitOfWork: units.run,
    dependencies: [{ name: 'database', check: mustBeUsable }],
    async prepare() {
      if (migrations === 'start') await migrate(url);
      await mustBeUsable();
      await mustOpen();
      if (sweeping) return;
      sweeping = true;
      void sweepExpired(database, stopping, {
        failed: (err) =>
          log.warn({ event: 'database.sweep_failed', err }, 'expired rows cannot be removed at the moment'),
      });
    },
  };

  /** Fails unless this replica can open the signing keys, which every replica has to. */
  async function mustOpen(): Promise<void> {
    try {
      await signingKeys.all();
    } catch (error) {
      if (!(error instanceof WrongSealingKey)) throw error;
      throw new StartupFault([
        'SEALING_KEYS: the database was sealed with another key: put that key back, after a comma',
      ]);
    }
  }

  async function mustBeUsable(): Promise<void> {
    if (!(await isCurrent(database))) {
      throw new StartupFault(['DATABASE_URL: the schema does not fit this version: run npm run migrate']);
    }
    // Deletes nothing, but a server that takes no writes refuses it.
    await sql`delete from artifacts where false`.execute(database);
  }
}

/** An attempt counts whatever becomes of the request that makes it. */
function lasting(counts: AttemptCounts, { lasting }: UnitHooks): AttemptCounts {
  return {
    ...counts,
    add: (key, seconds) => lasting(() => counts.add(key, seconds)),
    takeBack: (keys) => lasting(() => counts.takeBack(keys)),
  };
}
