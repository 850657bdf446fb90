/**
 * Deletes artifacts in one statement and one order, however many there are. Whoever deletes some of the same at the same time
 * waits a moment and finds them gone; nobody waits for somebody who waits for them.
 */
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** Rows of a model to delete, by one of the columns that they are found by. */
export interface Deletion {
  model: string;
  column: 'id' | 'uid' | 'account_id' | 'grant_id';
  value: string;
  /** So many of the newest stay. */
  butNewest?: number;
}

export async function deleteInOrder(database: Database, deletions: Deletion[]): Promise<void> {
  if (deletions.length === 0) return;
  const groups = Object.values(
    // Of each user so many stay.
    Object.groupBy(deletions, ({ model, column, value, butNewest }) =>
      JSON.stringify(butNewest === undefined ? [model, column] : [model, column, butNewest, value]),
    ),
  );
  const found = sql.join(
    groups.map((group = []) => keysOf(group)),
    sql` union `,
  );
  await sql`
    with found as (${found}),
    locked as (
      select artifacts.model, artifacts.id from artifacts join found using (model, id)
      order by artifacts.model, artifacts.id for update of artifacts
    )
    delete from artifacts using locked where artifacts.model = locked.model and artifacts.id = locked.id
  `.execute(database);
}

/** The keys of the rows that deletions alike but for their values are about. */
function keysOf(group: Deletion[]) {
  const [{ model, column, butNewest } = { model: '', column: 'id' as const }] = group;
  const values = group.map(({ value }) => value);
  // The model is not a parameter: some indexes are of one model only.
  const keys = sql`
    select model, id from artifacts where model = ${sql.lit(model)} and ${sql.ref(column)} = any(${values}::text[])`;
  return butNewest === undefined ? keys : sql`(${keys} order by created_at desc offset ${butNewest})`;
}
