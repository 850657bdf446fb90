/** Renews artifacts that were used, at most once a day each. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** The row of an artifact that was used, and how long it is to live from now, in seconds. */
export interface Renewal {
  model: string;
  id: string;
  expiresIn: number;
}

/** By how much a row must live longer than it would for it to be written, in seconds. */
const WORTH_WRITING_S = 24 * 60 * 60;

/** In one statement and one order, as rows are deleted. */
export async function renewInOrder(database: Database, renewals: Renewal[]): Promise<void> {
  const columnOf = (name: keyof Renewal) => renewals.map((renewal) => renewal[name]);
  await sql`
    with due as (
      select artifacts.model, artifacts.id, expires_in
      from unnest(${columnOf('model')}::text[], ${columnOf('id')}::text[], ${columnOf('expiresIn')}::float8[])
        as used (model, id, expires_in)
      join artifacts using (model, id)
      where expires_at > now() and (
        consumed_at is null or expires_at < now() + make_interval(secs => expires_in - ${WORTH_WRITING_S}::float8)
      )
      order by artifacts.model, artifacts.id for update of artifacts
    )
    update artifacts set
      consumed_at = coalesce(artifacts.consumed_at, now()),
      expires_at = greatest(artifacts.expires_at, now() + make_interval(secs => expires_in))
    from due where artifacts.model = due.model and artifacts.id = due.id
  `.execute(database);
}
