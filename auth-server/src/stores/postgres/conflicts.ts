/** Repeats transactions that PostgreSQL undoes because they got in each other's way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { isConflict } from './failures.ts';
import type { Schema } from './schema.ts';

/** How often a transaction is tried in all. */
const TRIES = 3;

/** How long a transaction rests before it is tried again, in milliseconds; random, so that no two collide again. */
const restMs = () => 10 + Math.random() * 40;

/** Runs work as one transaction, and runs it again from its start when it got in the way of another. */
export function inTransaction<Result>(
  database: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  return againOnConflict(() => database.transaction().execute(work));
}

/** Runs work again when it got in the way of a transaction; the work must be one transaction itself. */
export async function againOnConflict<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (failure) {
      if (!isConflict(failure) || tried === TRIES) throw failure;
      await sleep(restMs());
    }
  }
}
