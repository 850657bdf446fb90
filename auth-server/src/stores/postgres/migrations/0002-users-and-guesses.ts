/** The users that this server keeps itself, and counts of the guesses at their passwords. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  // Ids and keys are compared byte by byte, whatever the language of the database.
  await sql`
    create table users (
      id text collate "C" primary key,
      username text not null,
      username_key text collate "C" not null constraint users_username_key unique,
      display_name text,
      email text,
      email_verified boolean not null,
      roles text[] not null,
      status text not null,
      password_hash text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null
    )`.execute(database);
  await sql`
    create index users_admins on users (id) where status = 'active' and 'admin' = any(roles)`.execute(
    database,
  );

  await sql`
    create table guesses (
      key text collate "C" primary key,
      count integer not null,
      expires_at timestamptz not null
    )`.execute(database);
  await sql`create index guesses_expires_at on guesses (expires_at)`.execute(database);
}
