/** Makes room for a row of a model of which there may be so many. */
import { sql } from 'kysely';
import { StoreFull } from '../../../core/grants/artifact-store.ts';
import type { Database } from '../database.ts';

/**
 * Deletes the oldest rows that were not used until there are as many as there may be. Rows that others are deleting are passed
 * by, so that nobody waits for somebody who waits for them; so many at once may be more for a moment.
 *
 * @param id that of the new row, which is there already
 * @throws {StoreFull} when all others were used; the new row is gone then
 */
export async function makeRoomFor(
  database: Database,
  model: string,
  id: string,
  most: number,
): Promise<void> {
  const { rows } = await sql<{ surplus: number }>`
    select greatest(count(*) - ${most}, 0)::int as surplus from artifacts where model = ${model} and expires_at > now()
  `.execute(database);
  const surplus = rows[0]?.surplus ?? 0;
  if (surplus === 0) return;
  const { numAffectedRows = 0n } = await sql`
    delete from artifacts where model = ${model} and id = any(array(
      select id from artifacts
      where model = ${model} and id <> ${id} and consumed_at is null and expires_at > now()
      order by created_at, id limit ${surplus} for update skip locked
    ))
  `.execute(database);
  if (numAffectedRows >= surplus) return;
  await sql`delete from artifacts where model = ${model} and id = ${id}`.execute(database);
  throw new StoreFull(`there are ${most} of ${model}`);
}
