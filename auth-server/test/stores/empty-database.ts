/** A database with nothing in it, for tests that share one. */
import { sql } from 'kysely';
import { openDatabase } from '../../src/stores/postgres/database.ts';

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
