/** Listing the audit log by when things happened: some are recorded later than others that happened after them. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`create index audit_log_by_time on audit_log (at, id)`.execute(database);
}
