/** Brings the schema of a database to what this version of the code expects. */
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { DatabaseError } from 'pg';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { StoreUnavailable } from '../../core/store-unavailable.ts';
import { type Database, openDatabase } from './database.ts';
import { asStoreFailure } from './failures.ts';
import { migrations } from './migrations/all.ts';

/**
 * Runs the migrations that the database has not had yet, all or none. When several replicas start at once, one of them
 * migrates and the others wait, because the library holds an advisory lock.
 *
 * @param steps the migrations, by names that sort in their order
 * @throws {StartupFault} when a migration fails, or when the database belongs to another version
 * @throws {StoreUnavailable} when the database is away
 */
export async function migrate(url: string, steps: Record<string, Migration> = migrations): Promise<void> {
  // Migrations, and the replicas that wait for them, take as long as they need.
  const database = openDatabase(url, { connections: 1, statementMs: Number.POSITIVE_INFINITY });
  try {
    const had = await migrationsHad(database);
    if (hasAll(had, steps)) return;
    const unknown = [...had].filter((name) => !(name in steps));
    if (unknown.length > 0) {
      throw new StartupFault([
        `DATABASE_URL: the database has had ${unknown.join(', ')}, which this version does not know, and lacks others: it belongs to another version`,
      ]);
    }
    const { error, results } = await new Migrator({
      db: database,
      provider: { getMigrations: async () => steps },
    }).migrateToLatest();
    // A newer version may have migrated first, with migrations that we do not know.
    if (error === undefined || (await isCurrent(database, steps))) return;
    // When a connection is lost meanwhile, the library says only that it cannot use it any more.
    const failure = asStoreFailure(error);
    if (failure instanceof StoreUnavailable) throw failure;
    const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
    throw new StartupFault([
      `DATABASE_URL: ${failed ? `migration ${failed} failed` : 'the schema cannot be migrated'}: ${messageOf(error)}`,
    ]);
  } finally {
    await database.destroy();
  }
}

/**
 * Whether the database has had every migration of this version. If it has had more, a newer version runs beside this
 * one, and its schema fits both.
 *
 * @throws {StoreUnavailable} when the database is away
 */
export async function isCurrent(
  database: Database,
  steps: Record<string, Migration> = migrations,
): Promise<boolean> {
  return hasAll(await migrationsHad(database), steps);
}

function hasAll(had: Set<string>, steps: Record<string, Migration>): boolean {
  return Object.keys(steps).every((name) => had.has(name));
}

async function migrationsHad(database: Database): Promise<Set<string>> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    // undefined_table: this database has never been migrated.
    if (error instanceof DatabaseError && error.code === '42P01') return new Set();
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
