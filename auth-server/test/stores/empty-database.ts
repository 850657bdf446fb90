/** A database with nothing in it, for tests that share one. */
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';

/** Drops all that there is. */
export async function emptyDatabase(url: string): Promise<void> {
  const database = openDatabase(url, { connections: 1 });
  try {
    await sql`drop schema public cascade`.execute(database);
    await sql`create schema public`.execute(database);
  } finally {
    await database.destroy();
  }
}

/** Opens a database whose tables are as they are at first. */
export async function openEmptyTables(url: string, connections = 1): Promise<Database> {
  await emptyDatabase(url);
  await migrate(url);
  return openDatabase(url, { connections });
}
