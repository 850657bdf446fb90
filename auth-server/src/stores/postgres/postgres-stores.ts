/** All that the auth server keeps, in PostgreSQL: for any number of replicas, and for good. */

import { sql } from 'kysely';
import { StartupFault } from 'shared/config/startup-fault.ts';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import type { ArtifactModels } from '../../core/grants/artifact-store.ts';
import type { AttemptCounts } from '../../core/sign-in/attempt-counts.ts';
import type { Stores } from '../stores.ts';
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

export interface PostgresSettings {
  url: string;
  /** What private keys and the like are sealed with: 32 bytes each, the one in use first. */
  sealingKeys: [Uint8Array, ...Uint8Array[]];
  /** Who brings the schema up to date: the first replica that starts, or `npm run migrate`. */
  migrations: 'start' | 'manual';
  /** How many connections there may be at once, but for that of the migrations. */
  connections: number;
}

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
          log.warn({ event: 'database.sweep_failed', err }, 'what has expired is not removed now'),
      });
    },
  };

  /** The keys are what every replica has to open. */
  async function mustOpen(): Promise<void> {
    try {
      await signingKeys.all();
    } catch (error) {
      if (!(error instanceof WrongSealingKey)) throw error;
      throw new StartupFault([
        'SEALING_KEYS: what the database holds was sealed with another key: put that one back, after a comma',
      ]);
    }
  }

  async function mustBeUsable(): Promise<void> {
    if (!(await isCurrent(database))) {
      throw new StartupFault(['DATABASE_URL: the schema is not that of this version: run npm run migrate']);
    }
    // Writes nothing, but only where it might: a standby refuses it.
    await sql`delete from artifacts where false`.execute(database);
  }
}

/** A guess counts whatever becomes of the request that it came with. */
function lasting(counts: AttemptCounts, { lasting }: UnitHooks): AttemptCounts {
  return {
    ...counts,
    add: (key, seconds) => lasting(() => counts.add(key, seconds)),
    takeBack: (keys) => lasting(() => counts.takeBack(keys)),
  };
}
