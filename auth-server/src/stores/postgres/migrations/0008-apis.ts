/** The APIs that administrators define, and finding what users have allowed at an API. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`
    create table apis (
      id text collate "C" primary key,
      definition json not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      version integer not null default 1
    )`.execute(database);

  // One row, which says that something has changed, so that replicas need not read every API to find out.
  await sql`
    create table apis_edition (
      only_one boolean primary key default true check (only_one),
      edition bigint not null
    )`.execute(database);
  await sql`insert into apis_edition (edition) values (1)`.execute(database);
  await sql`
    create function count_change_of_apis() returns trigger language plpgsql as $$
    begin
      update apis_edition set edition = edition + 1;
      return null;
    end $$`.execute(database);
  await sql`
    create trigger apis_are_counted after insert or update or delete on apis
    for each row execute function count_change_of_apis()`.execute(database);

  // Of the version before, which knew no APIs that anybody could delete, no record needs to be found.
  await sql`alter table artifacts add column apis text[]`.execute(database);
  await sql`
    create index artifacts_apis on artifacts using gin (apis)
    where model in ('Consent', 'Grant') and apis is not null`.execute(database);
}
