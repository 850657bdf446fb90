/**
 * What one request does with the database. What it writes is one transaction: all of it is kept, or none. And it has
 * one connection at a time: requests that each held one and waited for another would wait for each other.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { AbortedTransactionError, type ControlledTransaction, sql, type Transaction } from 'kysely';
import { StoreUnavailable } from '../../../core/store-unavailable.ts';
import type { UnitOfWork } from '../../../core/unit-of-work.ts';
import { inTransaction } from '../conflicts.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { routedDatabase } from './routed-database.ts';

export interface UnitsOfWork extends UnitHooks {
  /** The database: within a unit that has begun to write, its transaction, for reads too. */
  database: Database;
  /** Runs work in one transaction: in that of the unit, of which a failure undoes this part, or in one of its own. */
  transaction<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** See {@link UnitOfWork}. */
  run: UnitOfWork;
}

/** How a store takes part in the unit that is under way, if there is one. */
export interface UnitHooks {
  /** Before each write that belongs to the unit: begins its transaction, once. */
  begin(): Promise<void>;
  /**
   * Writes what must last whatever becomes of the unit. It is written in the transaction where there is one, since
   * another connection may not be had, and once more by itself when the transaction is undone.
   */
  lasting<T>(write: () => Promise<T>): Promise<T>;
  /**
   * Writes as a part of the unit what may find nothing to change, and says whether it has changed anything. If not, it
   * leaves no lock behind: a statement that has waited for a row keeps it locked, even when it then passes it by, and a
   * unit that goes on to delete other rows could meet one that deletes them in their order.
   */
  orRelease(write: () => Promise<boolean>): Promise<boolean>;
  /** Hands items to `write` at the end of the unit, all at once; or now, where there is no unit. */
  atEnd<Item>(write: (items: Item[]) => Promise<void>, items: Item[]): Promise<void>;
}

/** What a store does outside of all units. */
export const noUnit: UnitHooks = {
  begin: async () => {},
  lasting: (write) => write(),
  orRelease: (write) => write(),
  atEnd: (write, items) => write(items),
};

type UnitTransaction = ControlledTransaction<Schema>;

interface Unit {
  starting?: Promise<UnitTransaction>;
  transaction?: UnitTransaction;
  dropped: boolean;
  /** What was written in the transaction and must outlast it. */
  lasting: (() => Promise<unknown>)[];
  /** What is written at the end, by who writes it. */
  ending: Map<(items: never[]) => Promise<void>, unknown[]>;
}

/** A unit has no connection until it writes, and then one only, whatever else it reads. */
export function unitsOfWork(database: Database): UnitsOfWork {
  const units = new AsyncLocalStorage<Unit>();
  return {
    database: routedDatabase(database, async () => {
      const unit = units.getStore();
      // While the transaction waits for a connection, so must what comes after: it might wait for that one.
      await unit?.starting?.catch(() => {});
      return underWay(unit);
    }),

    async begin() {
      const unit = units.getStore();
      if (unit !== undefined) await begun(unit);
    },

    async transaction(work) {
      const unit = units.getStore();
      return unit === undefined ? inTransaction(database, work) : asPart(await begun(unit), work);
    },

    async lasting(write) {
      const unit = units.getStore();
      await unit?.starting?.catch(() => {});
      if (unit !== undefined && underWay(unit) !== undefined) unit.lasting.push(write);
      return write();
    },

    async orRelease(write) {
      const unit = units.getStore();
      if (unit === undefined) return write();
      return asPart(
        await begun(unit),
        async () => (await write()) || Promise.reject(new NothingChanged()),
      ).catch((error) => (error instanceof NothingChanged ? false : Promise.reject(error)));
    },

    async atEnd(write, items) {
      const unit = units.getStore();
      if (unit === undefined) return write(items);
      mustStand(unit);
      unit.ending.set(write, [...(unit.ending.get(write) ?? []), ...items]);
    },

    run(work, keep = () => true) {
      if (units.getStore() !== undefined) return work();
      const unit: Unit = { dropped: false, lasting: [], ending: new Map() };
      return units.run(unit, async () => {
        try {
          const result = await work();
          if (!keep()) unit.dropped = true;
          else await keepAll(unit);
          return result;
        } catch (error) {
          unit.dropped = true;
          throw error;
        } finally {
          await giveBack(unit);
        }
      });
    },
  };

  function begun(unit: Unit): Promise<UnitTransaction> {
    mustStand(unit);
    unit.starting ??= start(unit);
    return unit.starting;
  }

  async function start(unit: Unit): Promise<UnitTransaction> {
    unit.transaction = await database.startTransaction().execute();
    return unit.transaction;
  }
}

/** Takes a part of a transaction back that has changed nothing. */
class NothingChanged extends Error {}

/** What a request that has failed still does is not to be kept either. */
function mustStand(unit: Unit): void {
  if (unit.dropped) throw new StoreUnavailable(new Error('the unit of work was dropped'));
}

/** The transaction of a unit, from its first write until its end. */
function underWay(unit: Unit | undefined): UnitTransaction | undefined {
  const transaction = unit?.transaction;
  return transaction?.isCommitted || transaction?.isRolledBack ? undefined : transaction;
}

/** Runs work within a transaction, which its failure leaves as it was. */
async function asPart<T>(
  transaction: UnitTransaction,
  work: (transaction: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  await sql`savepoint part`.execute(transaction);
  try {
    const result = await work(transaction);
    await sql`release savepoint part`.execute(transaction);
    return result;
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await sql`rollback to savepoint part`.execute(transaction).catch(() => {});
    throw error;
  }
}

/** Writes what was left for the end, and commits. Without a transaction, each of these statements is one by itself. */
async function keepAll(unit: Unit): Promise<void> {
  for (const [write, items] of unit.ending) await write(items as never[]);
  await started(unit);
  try {
    await underWay(unit)?.commit().execute();
  } catch (error) {
    // A statement had failed before, and nobody has said so.
    throw error instanceof AbortedTransactionError ? new StoreUnavailable(error) : error;
  }
}

/** Rolls back what was not committed; the connection is free then in any case, and what must last is written with another. */
async function giveBack(unit: Unit): Promise<void> {
  await started(unit);
  // Where it cannot be told to roll back, the server does when it notices that the connection is gone.
  await underWay(unit)
    ?.rollback()
    .execute()
    .catch(() => {});
  if (!unit.dropped) return;
  // The caller has been told of a failure already.
  for (const write of unit.lasting) await write().catch(() => {});
}

/** Waits until a transaction has started, or has failed to, which the first write has reported. */
async function started(unit: Unit): Promise<void> {
  await unit.starting?.catch(() => {});
}
