/** What two auth servers write under load, and what they leave. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { accessToken, requestsTo } from '../support/auth-server.ts';
import { thirdParty } from '../support/code-flow.ts';
import { startReady, startReplicas } from './support/replica-processes.ts';
import { createDatabase } from './support/server.ts';

/** How often the replicas look for what has expired, in milliseconds. */
const SWEEP_MS = 10_000;

/** How long everything lives that is stored in this test, in milliseconds: what lives for days would take days. */
const LIFETIME_MS = 2_000;

/** How long the load lasts, in milliseconds. */
const LOAD_MS = 30_000;

const created = createDatabase();
let settings: { DATABASE_URL: string; SEALING_KEYS: string };
beforeAll(async () => {
  settings = { DATABASE_URL: await created, SEALING_KEYS: randomBytes(32).toString('base64') };
});
beforeEach(() => emptyDatabase(settings.DATABASE_URL));

/** The rows of a query, on a connection of its own. */
async function ask<Row>(query: RawBuilder<Row>): Promise<Row[]> {
  const database = openDatabase(settings.DATABASE_URL, { connections: 1 });
  try {
    return (await query.execute(database)).rows;
  } finally {
    await database.destroy();
  }
}

/** Lets nothing that is stored live for long, and a revocation stay no longer than that. */
async function shortenLives(): Promise<void> {
  await ask(sql`
    create function shorten_life() returns trigger language plpgsql as $$
    begin
      new.expires_at = now() + tg_argv[0]::interval;
      return new;
    end $$`);
  const soon = `${LIFETIME_MS} milliseconds`;
  for (const [table, life] of Object.entries({ artifacts: soon, revocations: `${soon} - 1 hour` })) {
    await ask(
      sql`create trigger short before insert or update on ${sql.table(table)}
      for each row execute function shorten_life(${sql.lit(life)})`,
    );
  }
}

const rowCounts = () =>
  ask(sql<{ artifacts: number; revocations: number }>`
    select (select count(*)::int from artifacts) as artifacts, (select count(*)::int from revocations) as revocations
  `).then(([counts]) => counts as { artifacts: number; revocations: number });

test('what is stored and expires does not pile up under load', async () => {
  await migrate(settings.DATABASE_URL);
  await shortenLives();
  const { issuer } = await startReplicas(settings);
  const { post, requestToken, revoke } = requestsTo(issuer);
  const written = { artifacts: 0, revocations: 0 };
  const until = performance.now() + LOAD_MS;
  const client = async () => {
    while (performance.now() < until) {
      const device = await post('/device_authorization', { client_id: thirdParty.id }, thirdParty);
      const revocation = await revoke(await accessToken(await requestToken()));
      expect([device.status, revocation.status]).toEqual([200, 200]);
      written.artifacts += 1;
      written.revocations += 1;
      await sleep(20);
    }
  };
  const watch = async () => {
    const most = { artifacts: 0, revocations: 0 };
    while (performance.now() < until) {
      const counts = await rowCounts();
      most.artifacts = Math.max(most.artifacts, counts.artifacts);
      most.revocations = Math.max(most.revocations, counts.revocations);
      await sleep(500);
    }
    return most;
  };
  const [most] = await Promise.all([watch(), client(), client(), client(), client()]);
  expect(written.artifacts).toBeGreaterThan(500);
  // What was written since the sweep before last, and a little for the sweep itself.
  const share = (LIFETIME_MS + SWEEP_MS) / LOAD_MS + 0.2;
  expect(most.artifacts).toBeLessThan(written.artifacts * share);
  expect(most.revocations).toBeLessThan(written.revocations * share);
  await expect
    .poll(rowCounts, { timeout: LIFETIME_MS + 1.5 * SWEEP_MS, interval: 500 })
    .toEqual({ artifacts: 0, revocations: 0 });
}, 90_000);

/** How many rows have ever been written, by table. */
async function writes(): Promise<Record<string, number>> {
  const rows = await ask(sql<{ name: string; rows: number }>`
    select relname as name, (n_tup_ins + n_tup_upd + n_tup_del)::int as rows from pg_stat_user_tables`);
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
}

test('tokens are issued and introspected without writing anything', async () => {
  const { issuer, replicas } = await startReplicas(settings);
  const stop = () => Promise.all(replicas.map((replica) => replica.stop()));
  const { requestToken, introspect } = requestsTo(issuer);
  const active = async () => {
    const answer = await introspect(await accessToken(await requestToken()));
    return ((await answer.json()) as { active: boolean }).active;
  };
  // The throttle of client secrets notes once where each client's right secret comes from.
  expect(await active()).toBe(true);
  // A connection tells what it has written when it ends, and else when it likes.
  await stop();
  const before = await writes();
  expect(before.signing_keys).toBeGreaterThan(0);
  await Promise.all(replicas.map(startReady));
  const answers: boolean[] = [];
  while (answers.length < 500) answers.push(...(await Promise.all(Array.from({ length: 10 }, active))));
  expect(new Set(answers)).toEqual(new Set([true]));
  await stop();
  // Sign-ins are recorded, together, once a second.
  const { audit_log: recorded = 0, ...others } = await writes();
  const { audit_log: recordedBefore = 0, ...othersBefore } = before;
  expect(others).toEqual(othersBefore);
  expect(recorded - recordedBefore).toBeLessThan(50);
}, 60_000);
