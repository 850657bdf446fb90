/** Finding what a user has allowed, and what they have allowed one client. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`
    create index artifacts_consents on artifacts (account_id, client_id, created_at)
    where model = 'Consent'`.execute(database);
}
