/** APIs of the registry in PostgreSQL: the contract, and what only PostgreSQL does. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresApis } from '../../src/stores/postgres/apis.ts';
import { forgettingStep } from '../../src/stores/postgres/artifact-rows/forgotten-scopes.ts';
import { postgresArtifacts } from '../../src/stores/postgres/artifacts.ts';
import type { Database } from '../../src/stores/postgres/database.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { describeApiRegistry } from './contracts/api-registry.ts';
import { openEmptyTables } from './empty-database.ts';

/** @param start the URL of a database, which is emptied; it need not serve more than one connection at a time */
export function describePostgresApis(name: string, start: () => Promise<string>): void {
  describe(`the APIs ${name}:`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await openEmptyTables(await start());
    }, 60_000);
    afterAll(() => database.destroy());

    async function open() {
      await sql`truncate apis, artifacts`.execute(database);
      return {
        apis: postgresApis(database),
        store: postgresArtifacts(ARTIFACT_MODELS, database, sealer([randomBytes(32)])),
      };
    }

    describeApiRegistry(name, open);

    test('a definition that the version before stored says nothing of exchanges, and allows none', async () => {
      const { apis } = await open();
      const definition = JSON.stringify({ resource: 'https://old.example.com', name: 'Old', scopes: {} });
      await sql`insert into apis (id, definition) values ('old', ${definition})`.execute(database);
      expect((await apis.find('old'))?.definition.exchange).toEqual([]);
      expect((await apis.all()).map(({ definition: { exchange } }) => exchange)).toEqual([[]]);
    });

    test('what users have allowed at an API is found by an index, without reading what they have allowed elsewhere', async () => {
      await open();
      await sql`
        insert into artifacts (model, id, payload, account_id, client_id, apis, expires_at)
        select m, n::text, '{}', 'user ' || n, 'app', array['https://api-' || n % 200 || '.example'], now() + interval '1 day'
        from generate_series(1, 5000) n, unnest(array['Grant', 'Consent']) m
      `.execute(database);
      // What was just written is not in its place in the index yet.
      await sql`vacuum analyze artifacts`.execute(database);
      const models = Object.keys(ARTIFACT_MODELS).filter((model) => ARTIFACT_MODELS[model]?.allows);
      expect(models).toHaveLength(2);
      const gone = [{ resource: 'https://api-7.example', scopes: 'all' as const }];
      for (const model of models) {
        const { rows } = await sql<{ 'QUERY PLAN': string }>`
          explain ${forgettingStep(model, gone, '')}`.execute(database);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toContain('artifacts_apis');
        expect(plan).not.toContain('Seq Scan on artifacts');
      }
    });

    test('what more users have allowed than a statement looks at is forgotten to the last of them, and nothing else is written', async () => {
      const { store } = await open();
      await sql`
        insert into artifacts (model, id, payload, account_id, client_id, apis, expires_at)
        select m, n::text,
          json_build_object('resources', json_build_object('https://api.example', case n % 2 when 0 then 'read' else 'read pay' end)),
          'user ' || n, 'app', array['https://api.example'], now() + interval '1 day'
        from generate_series(1, 2500) n, unnest(array['Grant', 'Consent']) m
      `.execute(database);
      await store.forgetScopes([{ resource: 'https://api.example', scopes: ['pay'] }]);
      const left = await sql<{ allowed: string; rows: number }>`
        select payload #>> '{resources,https://api.example}' as allowed, count(*)::int as rows from artifacts group by 1`.execute(
        database,
      );
      expect(left.rows).toEqual([{ allowed: 'read', rows: 5_000 }]);
      const before = await sql`select model, id, xmin::text from artifacts order by model, id`.execute(
        database,
      );
      await store.forgetScopes([{ resource: 'https://api.example', scopes: ['pay'] }]);
      const after = await sql`select model, id, xmin::text from artifacts order by model, id`.execute(
        database,
      );
      expect(after.rows).toEqual(before.rows);
      await store.forgetScopes([{ resource: 'https://api.example', scopes: 'all' }]);
      const about =
        await sql`select from artifacts where apis <> '{}' or payload::text like '%api.example%'`.execute(
          database,
        );
      expect(about.rows).toEqual([]);
    });

    test('a change by hand changes the edition, too, so that every replica sees it', async () => {
      const { apis } = await open();
      const before = await apis.edition();
      await sql`insert into apis (id, definition) values ('one', '{}')`.execute(database);
      expect(await apis.edition()).not.toBe(before);
    });
  });
}
