/** APIs that administrators define, in PostgreSQL, for all replicas. The database counts the changes itself. */
import { type Selectable, sql } from 'kysely';
import type { ApiChangeRefusal, ApiRegistry, RegisteredApi } from '../../core/apis/api-registry.ts';
import type { Database } from './database.ts';
import type { ApisTable } from './schema.ts';
import { noUnit, type UnitHooks } from './units/transactions.ts';

/** @param units what writes are part of */
export function postgresApis(database: Database, units: Pick<UnitHooks, 'begin'> = noUnit): ApiRegistry {
  return {
    async find(id) {
      const row = await database.selectFrom('apis').selectAll().where('id', '=', id).executeTakeFirst();
      return row && apiOf(row);
    },

    async create({ id, definition }) {
      await units.begin();
      const row = await database
        .insertInto('apis')
        .values({ id, definition: JSON.stringify(definition) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? { ok: false, refusal: 'taken' } : { ok: true, value: apiOf(row) };
    },

    async update(id, version, definition) {
      await units.begin();
      const row = await database
        .updateTable('apis')
        .set({
          definition: JSON.stringify(definition),
          updated_at: sql<Date>`now()`,
          version: sql<number>`version + 1`,
        })
        .where('id', '=', id)
        .where('version', '=', version)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? { ok: false, refusal: await whyNot(id) } : { ok: true, value: apiOf(row) };
    },

    async delete(id, version) {
      await units.begin();
      const { numDeletedRows } = await database
        .deleteFrom('apis')
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      return numDeletedRows === 0n
        ? { ok: false, refusal: await whyNot(id) }
        : { ok: true, value: undefined };
    },

    async all() {
      const apis = (await database.selectFrom('apis').selectAll().execute()).map(apiOf);
      return apis.sort((a, b) => (a.definition.resource < b.definition.resource ? -1 : 1));
    },

    async edition() {
      const { edition } = await database
        .selectFrom('apis_edition')
        .select('edition')
        .executeTakeFirstOrThrow();
      return edition;
    },
  };

  async function whyNot(id: string): Promise<ApiChangeRefusal> {
    const row = await database.selectFrom('apis').select('id').where('id', '=', id).executeTakeFirst();
    return row === undefined ? 'unknown' : 'stale';
  }
}

function apiOf({ id, definition, created_at, updated_at, version }: Selectable<ApisTable>): RegisteredApi {
  // The version before stored none of these.
  const whole = { ...definition, exchange: definition.exchange ?? [] };
  return { id, definition: whole, createdAt: created_at, updatedAt: updated_at, version };
}
