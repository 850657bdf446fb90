/** Takes scopes that are no more out of the records of what users have allowed, in one statement. */
import { type RawBuilder, sql } from 'kysely';
import { type GoneScopes, goneByResource } from '../../../core/grants/forgotten-scopes.ts';
import type { Database } from '../database.ts';

/**
 * Text with characters that jsonb cannot hold, such as a zero character in the name of a user. A record with one cannot be
 * looked into, so it ends as a whole: its user is asked again.
 */
const UNREADABLE = sql`payload::text ~* '\\\\u(0000|d[89a-f])'`;

/** @param models those whose records say what users have allowed */
export async function forgetInRows(database: Database, models: string[], gone: GoneScopes[]): Promise<void> {
  if (gone.length === 0) return;
  const byResource = goneByResource(gone);
  const scopes = sql`${JSON.stringify(Object.fromEntries(byResource))}::jsonb`;
  await sql`
    with found as (${rowsAbout([...byResource.keys()], models)} order by model, id for update)
    update artifacts set
      payload = case when ${UNREADABLE} then payload else jsonb_set(
        jsonb_set(payload::jsonb, '{resources}', ${left(sql`payload::jsonb -> 'resources'`, scopes)}, false),
        '{rejected,resources}', ${left(sql`payload::jsonb #> '{rejected,resources}'`, scopes)}, false
      )::json end,
      apis = array(select api from unnest(apis) as api where ${scopes} -> api is distinct from '"all"'),
      expires_at = case when ${UNREADABLE} then now() else expires_at end
    from found where artifacts.model = found.model and artifacts.id = found.id
  `.execute(database);
}

/** The keys of the rows that are about APIs. */
export function rowsAbout(resources: string[], models: string[]): RawBuilder<unknown> {
  // The models are no parameters: the index is of these only.
  return sql`
    select model, id from artifacts
    where model in (${sql.join(models.map((model) => sql.lit(model)))}) and apis && ${resources}::text[]`;
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
