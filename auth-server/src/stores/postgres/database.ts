/** Connections to PostgreSQL, bounded in their number and in the time that each thing may take. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { asStoreFailure, isConnectionLost } from './failures.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** How long a connection may take, from the server or from the pool, in milliseconds. */
const CONNECT_MS = 2_000;

/** How long the server may work on a statement, in milliseconds. */
const STATEMENT_MS = 2_000;

/** How long a transaction may do nothing, in milliseconds: longer than any request takes. */
const IDLE_MS = 10_000;

/** How much longer than that we wait for a server that does not answer at all, in milliseconds. */
const SILENCE_MS = 500;

/** After how long a connection that says nothing is probed, so that a lost one is found out, in milliseconds. */
const PROBE_MS = 10_000;

export interface DatabaseOptions {
  /** How many connections there may be at once. */
  connections?: number;
  /** How long the server may work on a statement, in milliseconds; Infinity for as long as it takes. */
  statementMs?: number;
  /** Told of each connection that was lost while nobody used it. It is replaced when it is needed. */
  connectionLost?: (failure: Error) => void;
}

/**
 * Opens a database. It connects when it is first asked, and again whenever it has to. While it is away or too slow
 * everything fails with {@link StoreUnavailable}. Close it with `destroy()`.
 *
 * @param url `postgres://user:password@host:port/database`
 */
export function openDatabase(
  url: string,
  { connections = 10, statementMs = STATEMENT_MS, connectionLost = () => {} }: DatabaseOptions = {},
): Database {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'auth-server',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    // A replica that vanishes in the middle keeps its rows locked no longer.
    idle_in_transaction_session_timeout: IDLE_MS,
    keepAliveInitialDelayMillis: PROBE_MS,
    ...(Number.isFinite(statementMs) && {
      statement_timeout: statementMs,
      query_timeout: statementMs + SILENCE_MS,
    }),
  });
  pool.on('error', connectionLost);
  // One that is lost while it is in use says so where it is used, and here too; unheard, that would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: tellingOutages(pool) }) });
}

/** The pool, whose outages are those of a store. */
function tellingOutages(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      try {
        return lent(await pool.connect());
      } catch (failure) {
        throw asStoreFailure(failure);
      }
    },
  };
}

/** A connection of the pool, which does not take it back when it has failed. */
function lent(client: PoolClient): PostgresPoolClient {
  let lost = false;
  const query = async (text: string, parameters: unknown[]) => {
    try {
      return await client.query(text, parameters);
    } catch (failure) {
      lost ||= isConnectionLost(failure);
      throw asStoreFailure(failure);
    }
  };
  return {
    // Kysely's other form is for cursors, which are not used here.
    query: query as unknown as PostgresPoolClient['query'],
    release: (discarded) => client.release(discarded === true || lost),
  };
}
