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
 * Runs the migrations that the database has not had yet, all or none. Of any number of replicas that start at once,
 * one does it and the others wait: the library holds an advisory lock.
 *
 * @throws {StartupFault} when a migration fails, or when the database belongs to another system
 * @throws {StoreUnavailable} when the database is away
 */
export async function migrate(url: string, steps: Record<string, Migration> = migrations): Promise<void> {
  // Migrations, and those who wait for them, take as long as they take.
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
    // A newer version may have come first with more than we know.
    if (error === undefined || (await isCurrent(database, steps))) return;
    // Of a connection that is lost meanwhile the library tells only that it cannot use it any more.
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
 * Whether the database has had every migration that this version has. It may have had more: then a newer version
 * runs beside this one, whose schema is good for both.
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
    // undefined_table: nothing has ever been migrated here.
    if (error instanceof DatabaseError && error.code === '42P01') return new Set();
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
