/** Connections to PostgreSQL, bounded in their number, their life, and the time that each thing may take. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Client, type ClientConfig, Pool, type PoolClient } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { causeOf, StoreUnavailable } from '../../core/store-unavailable.ts';
import { againOnConflict } from './conflicts.ts';
import { asStoreFailure, isConnectionLost, saysReadOnly } from './failures.ts';
import type { Schema } from './schema.ts';
import { beginWith, settle } from './sessions.ts';

export type Database = Kysely<Schema>;

/** How long a connection may take, from the server or from the pool, in milliseconds. */
const CONNECT_MS = 2_000;

/** How long the server may work on a statement, in milliseconds. */
const STATEMENT_MS = 2_000;

/** How much longer than a statement may take we wait for a server that does not answer at all, in milliseconds. */
const SILENCE_MS = 500;

/** After how long a connection that says nothing is probed, so that a lost one is found out, in milliseconds. */
const PROBE_MS = 10_000;

/** How long a connection lives, in seconds: where a name leads elsewhere after a failover, ours soon do too. */
const LIFE_S = 60;

export interface DatabaseOptions {
  /** How many connections there may be at once. */
  connections?: number;
  /** How long the server may work on a statement, in milliseconds; Infinity for as long as it takes. */
  statementMs?: number;
  /** How long a connection lives, in seconds. */
  lifeS?: number;
  /** Told of each connection that was lost while nobody used it. It is replaced when it is needed. */
  connectionLost?: (failure: Error) => void;
}

/**
 * Opens a database. It connects when it is first asked, and again whenever it has to, to a server that takes writes.
 * While it is away, too slow, or does not let us in, everything fails with {@link StoreUnavailable}. Close it with
 * `destroy()`.
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws {StartupFault} when the URL names what cannot be read, such as the file of a certificate
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
  pool.on('error', connectionLost);
  // One that is lost while it is in use says so where it is used, and here too; unheard, that would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  const dialect = new PostgresDialect({ pool: tellingOutages(pool, beginWith(statementMs)) });
  return new Kysely<Schema>({ dialect });
}

/** A client that hangs up when it is not let in. The pool forgets it, and the server would hold the place for a minute. */
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

/** Parsed once: a file that is gone later must not fail whoever needs a connection then. */
function clientConfig(url: string): ClientConfig {
  try {
    return parseIntoClientConfig(url);
  } catch (error) {
    throw new StartupFault([`DATABASE_URL: cannot be used: ${causeOf(error)}`]);
  }
}

/** The pool, whose outages are those of a store. */
function tellingOutages(pool: Pool, begin: string): PostgresPool {
  // Those of its connections that may lead to the server that writes.
  let good = new WeakSet<PoolClient>();
  pool.on('connect', (client) => good.add(client));

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      try {
        return lent(await goodConnection());
      } catch (failure) {
        // Whatever it is: while we are not let in, it is nobody's fault who asks.
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

  /** A connection of the pool, which does not take it back when it has failed. */
  function lent(client: PoolClient): PostgresPoolClient {
    let lost = false;
    const ask = async (text: string, parameters: unknown[]) => {
      try {
        return await client.query(text === 'begin' ? begin : text, parameters);
      } catch (failure) {
        lost ||= isConnectionLost(failure);
        // Then the others lead there too.
        if (saysReadOnly(failure)) good = new WeakSet();
        throw asStoreFailure(failure);
      }
    };
    // A statement outside of a transaction is one by itself.
    const query = (text: string, parameters: unknown[]) =>
      client.getTransactionStatus() === 'I'
        ? againOnConflict(() => ask(text, parameters))
        : ask(text, parameters);
    return {
      // Kysely's other form is for cursors, which are not used here.
      query: query as unknown as PostgresPoolClient['query'],
      release: (discarded) => client.release(discarded === true || lost || !good.has(client)),
    };
  }
}
