/** Registered clients in PostgreSQL. One statement checks the version and makes the change, so nothing comes between. */
import { type Selectable, sql } from 'kysely';
import type {
  ChangeRefusal,
  ClientRegistry,
  ClientSecret,
  RegisteredClient,
} from '../../core/clients/client-registry.ts';
import type { Database } from './database.ts';
import type { ClientsTable, StoredSecret } from './schema.ts';
import { storable } from './text.ts';

const now = sql<Date>`now()`;

/** A deleted client keeps its row, without its metadata, so that its id stays taken. */
export function postgresClientRegistry(database: Database): ClientRegistry {
  return {
    async find(clientId) {
      const row = await registered().where('client_id', '=', named(clientId)).executeTakeFirst();
      return row && clientOf(row);
    },

    async create({ clientId, metadata, secrets }) {
      const row = await database
        .insertInto('clients')
        .values({ client_id: clientId, metadata: JSON.stringify(metadata), secrets: JSON.stringify(secrets) })
        .onConflict((conflict) => conflict.column('client_id').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return { ok: false, refusal: 'taken' };
      return { ok: true, value: clientOf(row) };
    },

    async update(clientId, version, { metadata, secrets }) {
      const row = await asSeen(clientId, version)
        .set({
          ...(metadata && { metadata: JSON.stringify(metadata) }),
          ...(secrets && { secrets: JSON.stringify(secrets) }),
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return { ok: false, refusal: await whyNot(clientId) };
      return { ok: true, value: clientOf(row) };
    },

    async delete(clientId, version) {
      const { numUpdatedRows } = await asSeen(clientId, version)
        .set({ metadata: '{}', secrets: '[]', deleted_at: now })
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return { ok: false, refusal: await whyNot(clientId) };
      return { ok: true, value: undefined };
    },

    async list(after, limit) {
      const page = registered().orderBy('client_id').limit(limit);
      const rows = await (after === undefined
        ? page
        : page.where('client_id', '>', storable(after))
      ).execute();
      return rows.map(clientOf);
    },
  };

  function registered() {
    return database.selectFrom('clients').selectAll().where('deleted_at', 'is', null);
  }

  function asSeen(clientId: string, version: number) {
    return database
      .updateTable('clients')
      .set({ version: sql<number>`version + 1` })
      .where('client_id', '=', named(clientId))
      .where('version', '=', version)
      .where('deleted_at', 'is', null);
  }

  async function whyNot(clientId: string): Promise<ChangeRefusal> {
    const row = await registered().where('client_id', '=', named(clientId)).executeTakeFirst();
    return row === undefined ? 'unknown' : 'stale';
  }
}

/** The id as it is stored. An id that cannot be stored belongs to no client, and becomes one that no client has. */
function named(clientId: string): string {
  return clientId === storable(clientId) ? clientId : '';
}

function clientOf(row: Selectable<ClientsTable>): RegisteredClient {
  return {
    clientId: row.client_id,
    metadata: row.metadata,
    secrets: row.secrets.map(secretOf),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

function secretOf({ createdAt, ...secret }: StoredSecret): ClientSecret {
  return { ...secret, createdAt: new Date(createdAt) };
}
