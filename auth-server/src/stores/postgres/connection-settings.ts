/** The settings with which each connection and each transaction begins, directly at a server or behind PgBouncer. */
import type { ClientBase } from 'pg';
import { ServerIsReadOnly } from './failures.ts';

/** How long a transaction may be idle, in milliseconds: longer than any request takes. */
const IDLE_MS = 10_000;

/**
 * Gives a new connection the settings that we need, whatever the server, the role or the database has set: dates as the
 * driver reads them, and a limit on the time of a statement. PgBouncer refuses such settings in the startup message. It
 * carries the date style from server to server, but would leave the limit on a connection that other clients use too.
 * So the limit is set only if the process that answers is the one that we are connected to. Transactions have their own
 * limit, in {@link beginWith}.
 *
 * @param statementMs how long a statement may take, in milliseconds; Infinity for as long as it takes
 * @param answerMs how long the server may take to answer this call, in milliseconds
 * @throws {ServerIsReadOnly} when the server takes no writes: its data may be old
 */
export async function settle(client: ClientBase, statementMs: number, answerMs: number): Promise<void> {
  const { processID } = client as ClientBase & { processID?: number };
  const settings = {
    text: `select set_config('datestyle', 'iso', false), current_setting('transaction_read_only') as read_only,
      case when pg_backend_pid() = $1 then set_config('statement_timeout', $2, false) end`,
    values: [processID ?? 0, String(timeoutOf(statementMs))],
    // A pooler accepts connections even while its server is away.
    query_timeout: answerMs,
  };
  const { rows } = await client.query<{ read_only: string }>(settings);
  if (rows[0]?.read_only !== 'off') throw new ServerIsReadOnly();
}

/**
 * The statement that begins a transaction. Its limits are local to the transaction, so they hold behind PgBouncer too,
 * and release the rows that a replica had locked when it vanished. Its statements rely on seeing what other
 * transactions have committed meanwhile.
 *
 * @param statementMs how long a statement may take, in milliseconds; Infinity for as long as it takes
 */
export function beginWith(statementMs: number): string {
  return `begin isolation level read committed; set local statement_timeout = ${timeoutOf(statementMs)};
    set local idle_in_transaction_session_timeout = ${IDLE_MS}`;
}

/** A limit for PostgreSQL, where 0 means none. */
function timeoutOf(ms: number): number {
  return Number.isFinite(ms) ? ms : 0;
}
