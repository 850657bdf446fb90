/** Connections to PostgreSQL, with bounds on their number, their life, and the time that every call takes. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Client, type ClientConfig, Pool, type PoolClient } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { outsideRequests } from 'shared/telemetry/request-context.ts';
import { causeOf, StoreUnavailable } from '../../core/store-unavailable.ts';
import { againOnConflict } from './conflicts.ts';
import { beginWith, settle } from './connection-settings.ts';
import { asStoreFailure, isConnectionLost, saysReadOnly } from './failures.ts';
import type { Schema } from './schema.ts';

/** A pool of connections to the database, with its schema. */
export type Database = Kysely<Schema>;

/** How long the server or the pool may take to give a connection, in milliseconds. */
const CONNECT_MS = 2_000;

/** How long the server may work on a statement, in milliseconds. */
const STATEMENT_MS = 2_000;

/** How long we wait beyond the time of a statement for a server that does not answer at all, in milliseconds. */
const SILENCE_MS = 500;

/** After how long a silent connection is probed, so that we notice a lost one, in milliseconds. */
const PROBE_MS = 10_000;

/** How long a connection lives, in seconds: when a name leads to another server after a failover, we soon follow. */
const LIFE_S = 60;

/** The bounds of a database's connections. */
export interface DatabaseOptions {
  /** How many connections there may be at once. */
  connections?: number;
  /** How long the server may work on a statement, in milliseconds; Infinity for as long as it takes. */
  statementMs?: number;
  /** How long a connection lives, in seconds. */
  lifeS?: number;
  /** Is told of each connection that was lost while it was idle. The pool replaces it when one is needed. */
  connectionLost?: (failure: Error) => void;
}

/**
 * Opens a database. It connects to a server that takes writes when it is first used, and again whenever it has to.
 * While the server is away, too slow, or does not let us in, every call fails with {@link StoreUnavailable}. Close it
 * with `destroy()`.
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws {StartupFault} when the URL names a file that cannot be read, such as a certificate
 */
export function openDatabase(
  url: string,
  {
    connections = 10,
    statementMs = STATEMENT_MS,
    lifeS = LIFE_S,
    connectionLost = () => {},
  }: DatabaseOptions = {},
): Database {
  const pool = new Pool({
    application_name: 'auth-server',
    ...clientConfig(url),
    max: connections,
    maxLifetimeSeconds: lifeS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: PROBE_MS,
    ...(Number.isFinite(statementMs) && { query_timeout: statementMs + SILENCE_MS }),
    Client: TidyClient,
    onConnect: (client) => settle(client, statementMs, CONNECT_MS),
  });
  // A connection belongs to the request that opened it, and is lost in the service of nobody.
  pool.on('error', (failure) => outsideRequests(() => connectionLost(failure)));
  // A connection that is lost during a call fails the call, and emits this event too, which would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  const dialect = new PostgresDialect({ pool: tellingOutages(pool, beginWith(statementMs)) });
  return new Kysely<Schema>({ dialect });
}

/**
 * A client that hangs up when it is not let in. The pool only forgets it, and the server would keep its place for a
 * minute.
 */
class TidyClient extends Client {
  override connect(): Promise<Client>;
  override connect(callback: (error: Error | null) => void): void;
  override connect(callback?: (error: Error | null) => void): Promise<Client> | undefined {
    if (callback === undefined) return super.connect();
    super.connect((error: Error | null) => {
      if (error) void this.end().catch(() => {});
      callback(error);
    });
  }
}

/** Parses the URL once, so that a file that is removed later does not fail new connections. */
function clientConfig(url: string): ClientConfig {
  try {
    return parseIntoClientConfig(url);
  } catch (error) {
    throw new StartupFault([`DATABASE_URL: cannot be used: ${causeOf(error)}`]);
  }
}

/** The pool, whose outages are told as {@link StoreUnavailable}. */
function tellingOutages(pool: Pool, begin: string): PostgresPool {
  // The connections that may lead to the server that takes writes.
  let good = new WeakSet<PoolClient>();
  pool.on('connect', (client) => good.add(client));

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      try {
        return lent(await goodConnection());
      } catch (failure) {
        // Whatever the cause: while the server does not let us in, no caller is at fault.
        throw new StoreUnavailable(failure);
      }
    },
  };

  async function goodConnection(): Promise<PoolClient> {
    for (;;) {
      const client = await pool.connect();
      if (good.has(client)) return client;
      client.release(true);
    }
  }

  /** A connection of the pool; the pool does not take it back once it has failed. */
  function lent(client: PoolClient): PostgresPoolClient {
    let lost = false;
    const ask = async (text: string, parameters: unknown[]) => {
      try {
        return await client.query(text === 'begin' ? begin : text, parameters);
      } catch (failure) {
        lost ||= isConnectionLost(failure);
        // All other connections lead to the same server, which is read-only now.
        if (saysReadOnly(failure)) good = new WeakSet();
        throw asStoreFailure(failure);
      }
    };
    // A statement outside of a transaction is a transaction by itself, so it may be repeated.
    const query = (text: string, parameters: unknown[]) =>
      client.getTransactionStatus() === 'I'
        ? againOnConflict(() => ask(text, parameters))
        : ask(text, parameters);
    return {
      // Kysely's other overload is for cursors, which are not used here.
      query: query as unknown as PostgresPoolClient['query'],
      release: (discarded) => client.release(discarded === true || lost || !good.has(client)),
    };
  }
}
