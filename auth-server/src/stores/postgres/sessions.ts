/** What each connection and each transaction begins with, on a server of its own or behind PgBouncer. */
import type { ClientBase } from 'pg';
import { ServerIsReadOnly } from './failures.ts';

/** How long a transaction may do nothing, in milliseconds: longer than any request takes. */
const IDLE_MS = 10_000;

/**
 * Makes a new connection what we need, whatever the server, the role or the database has set: dates as the driver reads
 * them, and statements that end in time. PgBouncer refuses such settings while it connects. It carries the style
 * of dates from server to server, but would leave the limit on one that others use too; so that is set only where
 * the process that answers is the one that we are connected to. Transactions have their own limit, in {@link beginWith}.
 *
 * @param statementMs how long a statement may take, in milliseconds; Infinity for as long as it takes
 * @param answerMs how long the server may take until it answers this, in milliseconds
 * @throws {ServerIsReadOnly} when it is not the one that writes: what it holds may be old
 */
export async function settle(client: ClientBase, statementMs: number, answerMs: number): Promise<void> {
  const { processID } = client as ClientBase & { processID?: number };
  const settings = {
    text: `select set_config('datestyle', 'iso', false), current_setting('transaction_read_only') as read_only,
      case when pg_backend_pid() = $1 then set_config('statement_timeout', $2, false) end`,
    values: [processID ?? 0, String(timeoutOf(statementMs))],
    // A pooler takes connections while there is no server.
    query_timeout: answerMs,
  };
  const { rows } = await client.query<{ read_only: string }>(settings);
  if (rows[0]?.read_only !== 'off') throw new ServerIsReadOnly();
}

/**
 * How a transaction begins. Its limits end with it, so that they hold behind PgBouncer too; a replica that vanishes in
 * the middle keeps its rows locked no longer. What runs in it expects to see what others have committed meanwhile.
 */
export function beginWith(statementMs: number): string {
  return `begin isolation level read committed; set local statement_timeout = ${timeoutOf(statementMs)};
    set local idle_in_transaction_session_timeout = ${IDLE_MS}`;
}

/** A limit as PostgreSQL writes it, where 0 is none. */
function timeoutOf(ms: number): number {
  return Number.isFinite(ms) ? ms : 0;
}
