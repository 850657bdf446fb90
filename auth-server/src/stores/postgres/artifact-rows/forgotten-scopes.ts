/** Takes scopes that are no more out of the records of what users have allowed. */
import { type RawBuilder, sql } from 'kysely';
import { type GoneScopes, goneByResource } from '../../../core/grants/forgotten-scopes.ts';
import type { Database } from '../database.ts';

/**
 * Text with characters that jsonb cannot hold, such as a zero character in the name of a user. A record with one cannot be
 * looked into, so it ends as a whole: its user is asked again.
 */
const UNREADABLE = sql`payload::text ~* '\\\\u(0000|d[89a-f])'`;

/**
 * How many rows a statement looks at. There are as many rows as there are users of an API, and one statement for all of them would
 * be cut off before it has changed any. From about twice as many on PostgreSQL would compile each step, which takes as long again.
 */
const ROWS_AT_ONCE = 500;

/**
 * Changes the rows step by step, in one order. Outside of a transaction each step stays done, so whoever fails goes on at the
 * next try.
 *
 * @param models those whose records say what users have allowed
 */
export async function forgetInRows(database: Database, models: string[], gone: GoneScopes[]): Promise<void> {
  if (gone.length === 0) return;
  for (const model of models.toSorted()) {
    let step: Step | undefined;
    do {
      const { rows } = await forgettingStep(model, gone, step?.last ?? '').execute(database);
      step = rows[0];
    } while (step?.looked === ROWS_AT_ONCE);
  }
}

/** What a step has looked at: how many rows, and the last of them. */
interface Step {
  looked: number;
  last: string | null;
}

/** Changes the first rows of a model that come after an id. Those that say nothing of what is gone are not written. */
export function forgettingStep(model: string, gone: GoneScopes[], after: string): RawBuilder<Step> {
  const byResource = goneByResource(gone);
  const scopes = sql`${JSON.stringify(Object.fromEntries(byResource))}::jsonb`;
  const resources = sql`payload::jsonb -> 'resources'`;
  const rejected = sql`payload::jsonb #> '{rejected,resources}'`;
  // The model is no parameter: the index is of a few models only.
  const ofModel = sql`artifacts.model = ${sql.lit(model)}`;
  return sql<Step>`
    with page as materialized (
      select id from artifacts
      where ${ofModel} and apis && ${[...byResource.keys()]}::text[] and id > ${after}
      order by id limit ${sql.lit(ROWS_AT_ONCE)}
    ),
    found as (
      select artifacts.id from artifacts join page using (id)
      where ${ofModel} and case when ${UNREADABLE} then true else
        ${left(resources, scopes)} <> coalesce(${resources}, '{}') or
        ${left(rejected, scopes)} <> coalesce(${rejected}, '{}') end
      order by artifacts.id for update of artifacts
    ),
    changed as (
      update artifacts set
        payload = case when ${UNREADABLE} then payload else jsonb_set(
          jsonb_set(payload::jsonb, '{resources}', ${left(resources, scopes)}, false),
          '{rejected,resources}', ${left(rejected, scopes)}, false
        )::json end,
        apis = array(select api from unnest(apis) as api where ${scopes} -> api is distinct from '"all"'),
        expires_at = case when ${UNREADABLE} then now() else expires_at end
      from found where ${ofModel} and artifacts.id = found.id
    )
    select count(*)::int as looked, max(id) as last from page`;
}

/** What is left of scopes by the identifiers of their APIs. */
function left(resources: RawBuilder<unknown>, gone: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    select coalesce(jsonb_object_agg(api, kept), '{}') from (
      select key as api, (
        select string_agg(scope, ' ' order by place)
        from unnest(string_to_array(value, ' ')) with ordinality as allowed (scope, place)
        where not coalesce(${gone} -> key ? scope, false)
      ) as kept
      from jsonb_each_text(${resources}) where ${gone} -> key is distinct from '"all"'
    ) as each where kept is not null
  )`;
}
