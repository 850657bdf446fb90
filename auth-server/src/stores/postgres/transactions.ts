/** What one request writes, as one transaction: all of it is kept, or none. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { AbortedTransactionError, type ControlledTransaction } from 'kysely';
import { StoreUnavailable } from '../../core/store-unavailable.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

export interface UnitsOfWork {
  /** The database; within a unit that has begun to write, its transaction. */
  database: Database;
  /** Before each write that belongs to the unit, if there is one: begins its transaction, once. */
  begin(): Promise<void>;
  /** See {@link Stores.unitOfWork}. */
  run<T>(work: () => Promise<T>, keep: () => boolean): Promise<T>;
}

type UnitTransaction = ControlledTransaction<Schema>;

interface Unit {
  starting?: Promise<UnitTransaction>;
  transaction?: UnitTransaction;
  dropped?: boolean;
}

/** A unit has no connection until it writes, and then one only, whatever else it reads. */
export function unitsOfWork(database: Database): UnitsOfWork {
  const units = new AsyncLocalStorage<Unit>();
  return {
    // Reads go there too: requests that each held a connection and waited for another would wait for each other.
    database: routed(database, () => underWay(units.getStore())),
    async begin() {
      const unit = units.getStore();
      if (unit === undefined) return;
      // What a request that has failed still does is not to be kept either.
      if (unit.dropped) throw new StoreUnavailable(new Error('the unit of work was dropped'));
      unit.starting ??= start(unit);
      await unit.starting;
    },
    run: (work, keep) =>
      units.run({}, async () => {
        const unit = units.getStore() as Unit;
        try {
          const result = await work();
          unit.dropped = !keep();
          if (!unit.dropped) await commit(unit);
          return result;
        } catch (error) {
          unit.dropped = true;
          throw error;
        } finally {
          await giveBack(unit);
        }
      }),
  };

  async function start(unit: Unit): Promise<UnitTransaction> {
    unit.transaction = await database.startTransaction().execute();
    return unit.transaction;
  }
}

/** The transaction of a unit, from its first write until its end. */
function underWay(unit: Unit | undefined): UnitTransaction | undefined {
  const transaction = unit?.transaction;
  return transaction?.isCommitted || transaction?.isRolledBack ? undefined : transaction;
}

async function commit(unit: Unit): Promise<void> {
  const transaction = await started(unit);
  try {
    await transaction?.commit().execute();
  } catch (error) {
    // A statement had failed before, and nobody has said so.
    throw error instanceof AbortedTransactionError ? new StoreUnavailable(error) : error;
  }
}

/** Rolls back what was not committed; the connection is free then in any case. */
async function giveBack(unit: Unit): Promise<void> {
  await started(unit);
  // Where it cannot be told to roll back, the server does when it notices that the connection is gone.
  await underWay(unit)
    ?.rollback()
    .execute()
    .catch(() => {});
}

/** Who wrote first has been told why it did not start. */
function started(unit: Unit): Promise<UnitTransaction | undefined> {
  return unit.starting?.catch(() => undefined) ?? Promise.resolve(undefined);
}

/** The database as it is now; who asks for a transaction of its own gets that. */
function routed(database: Database, current: () => Database | undefined): Database {
  return new Proxy(database, {
    get(target, name) {
      const now = name === 'transaction' ? target : (current() ?? target);
      const member: unknown = Reflect.get(now, name);
      return typeof member === 'function' ? member.bind(now) : member;
    },
  });
}
