/** The migrations: of an empty database, of each earlier schema with rows in it, and their failures. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrations } from '../../src/stores/postgres/migrations/all.ts';
import { isCurrent, migrate } from '../../src/stores/postgres/run-migrations.ts';
import { emptyDatabase } from './empty-database.ts';
import { ROWS } from './migrations-rows.ts';

const names = Object.keys(migrations);

/** The first `count` migrations, and others after them. */
function steps(count: number, others: Record<string, Migration> = {}): Record<string, Migration> {
  return { ...Object.fromEntries(Object.entries(migrations).slice(0, count)), ...others };
}

async function tablesOf(database: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'
    order by name`.execute(database);
  return rows.map(({ name }) => name);
}

/** All rows of all tables. */
async function contentOf(database: Database): Promise<[table: string, rows: object[]][]> {
  const content: [string, object[]][] = [];
  for (const table of await tablesOf(database)) {
    const { rows } = await sql<{ row: object }>`select to_json(t) as row from ${sql.table(table)} t`.execute(
      database,
    );
    content.push([table, rows.map(({ row }) => row)]);
  }
  return content;
}

/** @param start the URL of a database, which is emptied; it need not serve more than one connection at a time */
export function describeMigrations(name: string, start: () => Promise<string>): void {
  describe(`the migrations ${name}`, () => {
    let url: string;
    beforeEach(async () => {
      url = await start();
      await emptyDatabase(url);
    }, 60_000);

    /** Queries the database on a connection that is closed before another one is needed. */
    async function asked<Answer>(ask: (database: Database) => Promise<Answer>): Promise<Answer> {
      const database = openDatabase(url, { connections: 1 });
      try {
        return await ask(database);
      } finally {
        await database.destroy();
      }
    }

    /** Runs the first `count` migrations, and fills the tables that they made. */
    async function filled(count: number): Promise<[table: string, rows: object[]][]> {
      await migrate(url, steps(count));
      return asked(async (database) => {
        for (const name of names.slice(0, count)) {
          for (const statement of ROWS[name] ?? []) await sql.raw(statement).execute(database);
        }
        return contentOf(database);
      });
    }

    test('make the schema of an empty database, and then have nothing to do', async () => {
      expect(await asked(isCurrent)).toBe(false);
      await migrate(url);
      expect(await asked(isCurrent)).toBe(true);
      expect(await asked(tablesOf)).toEqual(expect.arrayContaining(['artifacts', 'revocations']));
      await migrate(url);
    });

    test('are tried on rows in every table', async () => {
      for (const [table, rows] of await filled(names.length)) {
        expect(rows, `rows in ${table}`).not.toEqual([]);
      }
    });

    test.each(names.slice(0, -1))('keep all rows of the schema after %s', async (name) => {
      const before = await filled(names.indexOf(name) + 1);
      await migrate(url);
      const after = new Map(await asked(contentOf));
      for (const [table, rows] of before) {
        // A migration may add columns but not remove any, because the previous version still uses the schema.
        const kept = rows.map((row) => expect.objectContaining(row));
        expect(after.get(table), table).toEqual(expect.arrayContaining(kept));
        expect(after.get(table), table).toHaveLength(rows.length);
      }
    });

    test('that fail change nothing, and a sentence names the one that failed', async () => {
      await migrate(url, steps(1));
      const good = { up: (db: Kysely<unknown>) => db.schema.createTable('good').execute() };
      const bad = { up: (db: Kysely<unknown>) => db.schema.dropTable('nowhere').execute() };
      const fault = await migrate(url, steps(1, { '8-good': good, '9-bad': bad })).catch((error) => error);
      expect(fault).toBeInstanceOf(StartupFault);
      expect(fault.faults).toEqual(['DATABASE_URL: migration 9-bad failed: table "nowhere" does not exist']);
      expect(await asked(tablesOf)).not.toContain('good');
      expect(await asked((database) => isCurrent(database, steps(1)))).toBe(true);
    });

    test('of a newer version leave a schema that fits this one', async () => {
      const newer = { up: (db: Kysely<unknown>) => db.schema.createTable('newer').execute() };
      await migrate(url, steps(names.length, { '9-newer': newer }));
      expect(await asked(isCurrent)).toBe(true);
      await migrate(url);
    });

    test('do not touch a database that has had other migrations', async () => {
      const foreign = { up: (db: Kysely<unknown>) => db.schema.createTable('foreign').execute() };
      await migrate(url, { '0000-foreign': foreign });
      const fault = await migrate(url).catch((error) => error);
      expect(fault).toBeInstanceOf(StartupFault);
      expect(fault.message).toContain('has had 0000-foreign, which this version does not know');
      expect(await asked(tablesOf)).toEqual(['foreign']);
    });
  });
}
