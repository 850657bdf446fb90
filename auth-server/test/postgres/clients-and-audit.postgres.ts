/** Registered clients and the audit log on a real server: two replicas at once, and a role that is not almighty. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientAdministration } from '../../src/core/clients/client-administration.ts';
import { makeClientSecret } from '../../src/oidc/clients/client-secrets.ts';
import { postgresAudit } from '../../src/stores/postgres/audit.ts';
import { postgresClientRegistry } from '../../src/stores/postgres/clients.ts';
import { type Database, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';
import { atServer, createDatabase } from './support/server.ts';

const created = createDatabase();
let replicas: [Database, Database];

beforeAll(async () => {
  const url = await created;
  await migrate(url);
  replicas = [openDatabase(url), openDatabase(url)];
});
afterAll(() => Promise.all(replicas.map((replica) => replica.destroy())));

/** Asks ten times at once, of each replica in turn. */
const tenTimes = <Answer>(ask: (replica: Database) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: 10 }, (_, index) => ask(replicas[index % 2 === 0 ? 0 : 1])));

function adminAt(replica: Database) {
  const registry = postgresClientRegistry(replica);
  const none = { find: async () => undefined };
  return clientAdministration({
    registry,
    clients: none,
    check: async () => undefined,
    makeSecret: makeClientSecret,
    makeId: randomUUID,
  });
}

describe('two replicas', () => {
  test('register a client once, of ten times', async () => {
    for (let round = 0; round < 5; round += 1) {
      const answers = await tenTimes((replica) => adminAt(replica).create({ client_id: `round-${round}` }));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    }
  });

  test('give a client one more secret, of ten times, and leave it one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const clientId = `secrets-${round}`;
      await adminAt(replicas[0]).create({ client_id: clientId });
      await tenTimes((replica) => adminAt(replica).addSecret(clientId));
      const rotating = await adminAt(replicas[1]).find(clientId);
      expect(rotating?.secrets).toHaveLength(2);
      const [first, second] = rotating?.secrets ?? [];
      await tenTimes((replica) =>
        adminAt(replica).removeSecret(clientId, (replica === replicas[0] ? first : second)?.id ?? ''),
      );
      expect((await adminAt(replicas[0]).find(clientId))?.secrets).toHaveLength(1);
    }
  });

  test('change a client once for each version, of ten times', async () => {
    await adminAt(replicas[0]).create({ client_id: 'changed' });
    for (let version = 1; version <= 5; version += 1) {
      const answers = await tenTimes((replica) =>
        adminAt(replica).change('changed', version, { client_name: randomUUID() }),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    }
    const answers = await tenTimes((replica) => adminAt(replica).delete('changed', 6));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('record all that happens, each with an id of its own', async () => {
    await tenTimes((replica) =>
      postgresAudit(replica).record(
        ...Array.from({ length: 100 }, () => ({
          action: 'signed_in' as const,
          actor: undefined,
          subject: undefined,
        })),
      ),
    );
    const ids = new Set<string>();
    let before: string | undefined;
    for (;;) {
      const page = await postgresAudit(replicas[1]).list(before, 70);
      if (page.length === 0) break;
      for (const { id } of page) ids.add(id);
      before = page.at(-1)?.id;
    }
    expect(ids.size).toBe(1_000);
  });
});

describe('the role of a service that owns its tables', () => {
  test.each(["update audit_log set subject = 'forged'", 'delete from audit_log', 'truncate audit_log'])(
    'may not %s',
    async (statement) => {
      const role = `role_${randomBytes(6).toString('hex')}`;
      const url = new URL(await created);
      await atServer(`create role ${role} login`);
      await atServer(`create database ${role} owner ${role}`);
      onTestFinished(async () => {
        await atServer(`drop database ${role} with (force)`);
        await atServer(`drop role ${role}`);
      });
      url.username = role;
      url.pathname = role;
      await migrate(url.href);
      const database = openDatabase(url.href);
      onTestFinished(() => database.destroy());
      await postgresAudit(database).record({ action: 'signed_in', actor: undefined, subject: 'one' });
      await expect(sql.raw(statement).execute(database)).rejects.toThrow(
        'permission denied for table audit_log',
      );
      expect(await postgresAudit(database).list(undefined, 10)).toHaveLength(1);
    },
  );
});
