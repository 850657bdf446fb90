/** The clients that administrators register, the audit log, and indexes that find artifacts by their user. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  // A deleted client keeps its row, so that no other client ever gets its id.
  await sql`
    create table clients (
      client_id text collate "C" primary key,
      metadata json not null,
      secrets json not null check (json_array_length(secrets) <= 2),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      deleted_at timestamptz,
      version integer not null default 1
    )`.execute(database);

  await sql`
    create table audit_log (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      action text not null,
      actor_user text,
      actor_client text,
      subject text,
      details jsonb check (octet_length(details::text) <= 32768),
      address text,
      request_id text
    )`.execute(database);
  await sql`
    create function refuse_change_of_audit_log() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit log is only ever added to' using errcode = 'insufficient_privilege';
    end $$`.execute(database);
  await sql`
    create trigger audit_log_is_append_only before update or delete or truncate on audit_log
    for each statement execute function refuse_change_of_audit_log()`.execute(database);
  // `always`, because ordinary triggers do not fire for replication.
  await sql`alter table audit_log enable always trigger audit_log_is_append_only`.execute(database);
  await sql`revoke update, delete, truncate on audit_log from public, current_user`.execute(database);

  await sql`
    create index artifacts_sessions on artifacts (account_id)
    where model = 'Session' and account_id is not null`.execute(database);
  await sql`
    create index artifacts_interactions on artifacts (account_id)
    where model = 'Interaction' and account_id is not null`.execute(database);
}
