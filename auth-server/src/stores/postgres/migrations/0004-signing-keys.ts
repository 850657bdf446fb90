/** The signing keys, sealed. */
import { type Kysely, sql } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`
    create table signing_keys (
      kid text primary key,
      alg text not null,
      created_at timestamptz not null,
      signs_from timestamptz not null,
      sealed_jwk text not null
    )`.execute(database);
}
