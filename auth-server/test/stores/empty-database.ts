/** Empties a database that tests share. */
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';

/** Drops everything in the database. */
export async function emptyDatabase(url: string): Promise<void> {
  const database = openDatabase(url, { connections: 1 });
  try {
    await sql`drop schema public cascade`.execute(database);
    await sql`create schema public`.execute(database);
  } finally {
    await database.destroy();
  }
}

/** Opens a database with a fresh schema and no rows. */
export async function openEmptyTables(url: string, connections = 1): Promise<Database> {
  await emptyDatabase(url);
  await migrate(url);
  return openDatabase(url, { connections });
}
