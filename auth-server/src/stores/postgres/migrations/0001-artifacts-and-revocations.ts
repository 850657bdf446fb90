/** What oidc-provider stores, and the tokens that were revoked. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  // The payload is json, because jsonb refuses zero characters and lone surrogates. No query looks into it.
  await sql`
    create table artifacts (
      model text not null,
      id text not null,
      payload json not null,
      sealed text,
      grant_id text,
      account_id text,
      client_id text,
      uid text,
      user_code text,
      consumed_at timestamptz,
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      primary key (model, id)
    )`.execute(database);
  await sql`create index artifacts_uid on artifacts (uid) where uid is not null`.execute(database);
  await sql`create index artifacts_user_code on artifacts (user_code) where user_code is not null`.execute(
    database,
  );
  await sql`create index artifacts_grant_id on artifacts (grant_id) where grant_id is not null`.execute(
    database,
  );
  await sql`
    create index artifacts_grants on artifacts (account_id, client_id, created_at)
    where model = 'Grant'`.execute(database);
  await sql`create index artifacts_expires_at on artifacts (expires_at)`.execute(database);

  await sql`
    create table revocations (
      jti_hash text primary key,
      expires_at timestamptz not null
    )`.execute(database);
  await sql`create index revocations_expires_at on revocations (expires_at)`.execute(database);
}
