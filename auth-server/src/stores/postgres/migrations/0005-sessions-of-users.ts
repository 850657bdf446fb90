/** Finding the oldest sessions of a user, and which of their sessions were ended. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`
    create index artifacts_sessions_by_age on artifacts (account_id, created_at)
    where model = 'Session' and account_id is not null`.execute(database);
  await sql`drop index artifacts_sessions`.execute(database);
  await sql`
    create index artifacts_ended_sessions on artifacts (account_id)
    where model = 'EndedSession' and account_id is not null`.execute(database);
}
