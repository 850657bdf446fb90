/** Removes expired rows: in small batches, with rests, and on one replica at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** How many rows of a table are removed at once. */
const BATCH = 1_000;

/**
 * The tables whose rows expire, and how long each row stays after that, in seconds. A revocation stays for longer than
 * clocks may differ, because its token expires by the clock of the replica that checks it.
 */
const LINGER_S = { artifacts: 0, guesses: 0, revocations: 60 * 60 };

/** How often the sweeper works, and what it tells of a failure. */
export interface SweeperOptions {
  /** How long to wait when nothing is left to remove, in milliseconds. */
  everyMs?: number;
  /** How long to rest between batches, in milliseconds. */
  restMs?: number;
  /** Is told when sweeping begins to fail; the sweeper goes on nevertheless. */
  failed: (failure: unknown) => void;
}

/** Sweeps every so often until `stopping` is aborted; resolves then, and never rejects. */
export async function sweepExpired(
  database: Database,
  stopping: AbortSignal,
  { everyMs = 10_000, restMs = 100, failed }: SweeperOptions,
): Promise<void> {
  let failing = false;
  let rest = everyMs;
  const rested = () => sleep(rest, true, { signal: stopping, ref: false }).catch(() => false);
  while (await rested()) {
    try {
      rest = (await sweep(database)) === 'more' ? restMs : everyMs;
      failing = false;
    } catch (failure) {
      if (!failing) failed(failure);
      failing = true;
      rest = everyMs;
    }
  }
}

/** Removes a batch from each table. The answer is `elsewhere` when another replica is sweeping. */
export function sweep(database: Database, batch = BATCH): Promise<'more' | 'done' | 'elsewhere'> {
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ mine: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended('auth-server sweeper', 0)) as mine
    `.execute(transaction);
    if (!rows[0]?.mine) return 'elsewhere';
    let more = false;
    for (const [name, lingerS] of Object.entries(LINGER_S)) {
      const table = sql.table(name);
      // Rows that another transaction has locked are left for the next sweep.
      const { numAffectedRows = 0n } = await sql`
        delete from ${table} where ctid = any(array(
          select ctid from ${table} where expires_at <= now() - make_interval(secs => ${lingerS})
          order by expires_at limit ${batch} for update skip locked
        ))
      `.execute(transaction);
      more ||= numAffectedRows >= batch;
    }
    return more ? 'more' : 'done';
  });
}
