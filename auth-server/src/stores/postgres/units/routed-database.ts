/** A database whose every statement goes where it has to go at the moment that it is executed. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';

/**
 * The database, but for the statements for which `current` names a transaction: these go there. It begins no transactions
 * itself.
 */
export function routedDatabase(database: Database, current: () => Promise<Database | undefined>): Database {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery) =>
      ((await current()) ?? database).executeQuery(query as CompiledQuery<Row>),
    streamQuery: () => refuse(),
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {},
  };
  return new Kysely<Schema>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (routed) => new PostgresIntrospector(routed),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

function refuse(): never {
  throw new Error('transactions are begun by the unit of work');
}
