/** Users and login attempts in PostgreSQL. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresAttempts } from '../../src/stores/postgres/attempts.ts';
import type { Database } from '../../src/stores/postgres/database.ts';
import { postgresUsers } from '../../src/stores/postgres/users.ts';
import { describeAttemptCounts } from './contracts/attempt-counts.ts';
import { describeUserStore, newUser } from './contracts/user-store.ts';
import { openEmptyTables } from './empty-database.ts';

/**
 * @param start the URL of a database, which is emptied
 * @param connections how many connections the database can serve
 */
export function describeUsersInPostgres(
  name: string,
  start: () => Promise<string>,
  connections: number,
): void {
  let database: Database;
  beforeAll(async () => {
    database = await openEmptyTables(await start(), connections);
  }, 60_000);
  afterAll(() => database.destroy());

  async function openUsers() {
    await sql`truncate users`.execute(database);
    return postgresUsers(database);
  }

  describeUserStore(name, openUsers);

  describeAttemptCounts(name, async () => {
    await sql`truncate guesses`.execute(database);
    return {
      counts: postgresAttempts(database),
      pass: async (seconds) => {
        await sql`update guesses set expires_at = expires_at - make_interval(secs => ${seconds})`.execute(
          database,
        );
      },
    };
  });

  describe(`the table of users ${name}`, () => {
    test('refuses a second user with the same name, whichever code writes it', async () => {
      const store = await openUsers();
      await store.create(newUser('alice'));
      const copy = sql`
        insert into users select 'other', username, username_key, display_name, email, email_verified, roles,
          status, password_hash, created_at, updated_at, version from users`;
      await expect(copy.execute(database)).rejects.toThrow('users_username_key');
    });
  });

  describe(`failures of the table of users ${name}`, () => {
    test('that are not refusals are passed on unchanged', async () => {
      const store = await openUsers();
      const alice = newUser('alice');
      await store.create(alice);
      await expect(store.create({ ...newUser('bob'), id: alice.id })).rejects.toThrow('users_pkey');
    });
  });
}
