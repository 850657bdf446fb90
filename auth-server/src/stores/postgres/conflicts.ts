/** Transactions that get in each other's way: one of them is undone as a whole, and run again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { isConflict } from './failures.ts';
import type { Schema } from './schema.ts';

/** How often it is tried in all. */
const TRIES = 3;

/** How long the one that was undone leaves the way to the other, in milliseconds; by chance, so that no two do it alike. */
const restMs = () => 10 + Math.random() * 40;

/** Runs work as one transaction, and from its start again when it got in the way of another. */
export function inTransaction<Result>(
  database: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  return againOnConflict(() => database.transaction().execute(work));
}

/** Does again what got in the way of a transaction; it must be a transaction itself. */
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
