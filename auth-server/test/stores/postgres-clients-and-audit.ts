/** Registered clients, the audit log, grants and sessions in PostgreSQL: the contracts, and what only PostgreSQL does. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresArtifacts } from '../../src/stores/postgres/artifacts.ts';
import { postgresAudit } from '../../src/stores/postgres/audit.ts';
import { postgresClientRegistry } from '../../src/stores/postgres/clients.ts';
import type { Database } from '../../src/stores/postgres/database.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { describeAuditLog } from './contracts/audit-log.ts';
import { describeClientRegistry } from './contracts/client-registry.ts';
import { describeGrantList } from './contracts/grant-list.ts';
import { openEmptyTables } from './empty-database.ts';
import { pass } from './postgres-stores.ts';

/** @param start the URL of a database, which is emptied; it need not serve more than one connection at a time */
export function describePostgresClientsAndAudit(name: string, start: () => Promise<string>): void {
  describe(`the stores ${name}:`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await openEmptyTables(await start());
    }, 60_000);
    afterAll(() => database.destroy());

    async function open() {
      await sql`truncate artifacts, clients`.execute(database);
      await emptyAuditLog();
      return {
        registry: postgresClientRegistry(database),
        audit: postgresAudit(database),
        store: postgresArtifacts(ARTIFACT_MODELS, database, sealer([randomBytes(32)])),
        pass: (seconds: number) => pass(database, seconds),
      };
    }

    /** Only a role that may change the schema can do this. */
    async function emptyAuditLog() {
      const { rows } = await sql<{ fires: string }>`
        select tgenabled as fires from pg_trigger where tgname = 'audit_log_is_append_only'`.execute(
        database,
      );
      const always = sql.raw(rows[0]?.fires === 'A' ? 'always' : '');
      await sql`alter table audit_log disable trigger user`.execute(database);
      await sql`truncate audit_log`.execute(database);
      await sql`alter table audit_log enable ${always} trigger audit_log_is_append_only`.execute(database);
    }

    describeClientRegistry(name, open);
    describeAuditLog(name, open);
    describeGrantList(name, open);

    test('the schema refuses a third secret of a client', async () => {
      const { registry } = await open();
      const metadata = { client_id: 'one', grant_types: [], response_types: [], redirect_uris: [] };
      const secrets = ['a', 'b', 'c'].map((id) => ({ id, hash: id, createdAt: new Date() }));
      await expect(registry.create({ clientId: 'one', metadata, secrets })).rejects.toThrow(
        'check constraint',
      );
    });

    test('only the id of a deleted client is kept', async () => {
      const { registry } = await open();
      const metadata = {
        client_id: 'one',
        client_name: 'Named',
        grant_types: [],
        response_types: [],
        redirect_uris: [],
      };
      const secrets = [{ id: 'a', hash: 'the-hash', createdAt: new Date() }];
      await registry.create({ clientId: 'one', metadata, secrets });
      await registry.delete('one', 1);
      const { rows } = await sql<{ row: string }>`select to_json(clients)::text as row from clients`.execute(
        database,
      );
      expect(rows).toHaveLength(1);
      expect(rows[0]?.row).toContain('"one"');
      expect(rows[0]?.row).not.toMatch(/Named|the-hash/);
    });

    describe(`the audit log ${name}`, () => {
      test.each([
        "update audit_log set subject = 'forged'",
        'delete from audit_log',
        "delete from audit_log where subject = 'one'",
        'truncate audit_log',
        'set session_replication_role = replica; delete from audit_log',
        "insert into audit_log (id, at, action) overriding system value select id, now(), 'forged' from audit_log on conflict (id) do update set action = 'forged'",
      ])('is only ever added to: %s', async (statement) => {
        const { audit } = await open();
        await audit.record({ action: 'client_created', actor: { user: 'alice' }, subject: 'one' });
        const before = await audit.list(undefined, 10);
        await expect(sql.raw(statement).execute(database)).rejects.toThrow(
          'the audit log is only ever added to',
        );
        await sql`set session_replication_role = default`.execute(database);
        expect(await audit.list(undefined, 10)).toEqual(before);
      });

      test('refuses a change by any role but the owner of the database', async () => {
        const { rows } = await sql<{ privilege: string }>`
          select privilege_type as privilege from information_schema.table_privileges
          where table_name = 'audit_log' and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')`.execute(
          database,
        );
        expect(rows).toEqual([]);
      });

      test('records several entries together or not at all', async () => {
        const { audit } = await open();
        const good = { action: 'client_created', actor: undefined, subject: 'one' } as const;
        const bad = { ...good, action: null as unknown as 'client_created' };
        await expect(audit.record(good, bad)).rejects.toThrow();
        expect(await audit.list(undefined, 10)).toEqual([]);
      });
    });

    test('sessions and grants of a user are found by an index, without reading those of other users', async () => {
      await open();
      await sql`
        insert into artifacts (model, id, payload, account_id, client_id, expires_at)
        select m, n::text, '{}', 'user ' || n, 'app', now() + interval '1 day'
        from generate_series(1, 2000) n, unnest(array['Session', 'Grant', 'Consent', 'Interaction', 'RefreshToken']) m
      `.execute(database);
      await sql`analyze artifacts`.execute(database);
      const indexes = {
        Session: 'artifacts_sessions',
        Grant: 'artifacts_grants',
        Consent: 'artifacts_consents',
        Interaction: 'artifacts_interactions',
      };
      for (const [model, index] of Object.entries(indexes)) {
        const { rows } = await sql<{ 'QUERY PLAN': string }>`
          explain select * from artifacts
          where model = ${sql.lit(model)} and expires_at > now() and account_id = 'user 7'`.execute(database);
        expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(index);
      }
    });

    test('clients are sorted by code points, whatever the collation of the database', async () => {
      const { rows } = await sql`
        select collation_name as collation from information_schema.columns
        where table_name = 'clients' and column_name = 'client_id'`.execute(database);
      expect(rows).toEqual([{ collation: 'C' }]);
    });
  });
}
