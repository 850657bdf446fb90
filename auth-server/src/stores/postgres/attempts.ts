/** Counts of attempts in PostgreSQL, for all replicas. The clock of the database decides when they end. */
import { sql } from 'kysely';
import type { AttemptCounts } from '../../core/throttle/attempt-counts.ts';
import type { Database } from './database.ts';

/** The sweeper removes counts that have ended. */
export function postgresAttempts(database: Database): AttemptCounts {
  return {
    async add(key, seconds) {
      const { rows } = await sql<{ count: number }>`
        insert into guesses as counted (key, count, expires_at)
        values (${key}, 1, now() + make_interval(secs => ${seconds}))
        on conflict (key) do update set
          count = case when counted.expires_at > now() then counted.count + 1 else 1 end,
          expires_at = case when counted.expires_at > now() then counted.expires_at else excluded.expires_at end
        returning count
      `.execute(database);
      const [{ count }] = rows as [{ count: number }];
      return count;
    },

    async get(keys) {
      const rows = await database
        .selectFrom('guesses')
        .select(['key', 'count'])
        .where('key', 'in', keys)
        .where('expires_at', '>', sql<Date>`now()`)
        .execute();
      const found = new Map(rows.map(({ key, count }) => [key, count]));
      return keys.map((key) => found.get(key) ?? 0);
    },

    async takeBack(keys) {
      // Rows are always locked in the same order, so that two transactions do not wait for each other.
      await sql`
        with counted as (
          select key from guesses
          where key = any(${keys}) and count > 0 and expires_at > now()
          order by key for update
        )
        update guesses set count = guesses.count - 1 from counted where guesses.key = counted.key
      `.execute(database);
    },
  };
}
