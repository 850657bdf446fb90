/**
 * The artifact store in PostgreSQL, for any number of replicas. The clock of the database says what has expired, as
 * those of the replicas may differ.
 */
import { type Insertable, type RawBuilder, sql } from 'kysely';
import type { Artifact, ArtifactModels, ArtifactStore, Doomed } from '../../core/grants/artifact-store.ts';
import { type GoneScopes, resourcesOf } from '../../core/grants/forgotten-scopes.ts';
import { artifactSecrets } from './artifact-rows/artifact-secrets.ts';
import { makeRoomFor } from './artifact-rows/bounded-models.ts';
import { forgetInRows } from './artifact-rows/forgotten-scopes.ts';
import { type Deletion, deleteInOrder } from './artifact-rows/ordered-deletion.ts';
import { type Renewal, renewInOrder } from './artifact-rows/renewal.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import type { Sealer } from './sealing.ts';
import { storable } from './text.ts';
import { noUnit, type UnitHooks } from './units/transactions.ts';

const now = sql<Date>`now()`;

/** By the clock, since `now()` is when the transaction began. */
const consumedAgo = sql<number | null>`extract(epoch from clock_timestamp() - consumed_at)::float8`.as(
  'consumed_ago',
);

/**
 * Ids that open something are kept as hashes only, and other secrets sealed: what is found by `uid` comes without its
 * `jti`, which is its id. What was consumed stays so, also when it is stored again.
 *
 * @param units what writes are part of
 */
export function postgresArtifacts(
  models: ArtifactModels,
  database: Database,
  sealer: Sealer,
  units: UnitHooks = noUnit,
): ArtifactStore {
  const { partsOf, storedId, withOwnId } = artifactSecrets(models);
  const destroyNow = (deletions: Deletion[]) => deleteInOrder(database, deletions);
  const allowing = Object.keys(models).filter((model) => models[model]?.allows);
  const forgetNow = (gone: GoneScopes[]) => forgetInRows(database, allowing, gone);
  const renewNow = (renewals: Renewal[]) => renewInOrder(database, renewals);
  const destroy = (...deletions: Deletion[]) => units.atEnd(destroyNow, deletions);

  return {
    async upsert(model, id, artifact, expiresIn) {
      const record = await recordOf(model, id, artifact);
      const isNew = await write(model, () => stored(record, fromNow(expiresIn)));
      if (!isNew) return;
      const { mostInAll } = models[model] ?? {};
      if (mostInAll !== undefined) await makeRoomFor(database, model, record.id, mostInAll);
      await destroyOldest(model, record);
    },

    async upsertAll(model, artifacts) {
      const records = await Promise.all(
        artifacts.map(async ({ id, artifact, expiresIn }) => ({
          ...(await recordOf(model, id, artifact)),
          expires_in: expiresIn,
        })),
      );
      // Text, since what it holds need not be JSON that PostgreSQL can look into.
      await write(model, () =>
        sql`
          insert into artifacts as known (model, id, payload, sealed, grant_id, account_id, client_id, uid, user_code, apis, expires_at)
          select ${model}, id, payload::json, sealed, grant_id, account_id, client_id, uid, user_code, apis::text[],
            now() + make_interval(secs => expires_in)
          from unnest(
            ${columnOf(records, 'id')}::text[], ${columnOf(records, 'payload')}::text[], ${columnOf(records, 'sealed')}::text[],
            ${columnOf(records, 'grant_id')}::text[], ${columnOf(records, 'account_id')}::text[],
            ${columnOf(records, 'client_id')}::text[], ${columnOf(records, 'uid')}::text[],
            ${columnOf(records, 'user_code')}::text[], ${columnOf(records, 'apis')}::text[],
            ${columnOf(records, 'expires_in')}::float8[]
          ) as new (id, payload, sealed, grant_id, account_id, client_id, uid, user_code, apis, expires_in)
          order by id
          on conflict (model, id) do update set payload = excluded.payload, sealed = excluded.sealed,
            grant_id = excluded.grant_id, account_id = excluded.account_id, client_id = excluded.client_id,
            uid = excluded.uid, user_code = excluded.user_code, apis = excluded.apis,
            expires_at = excluded.expires_at
        `.execute(database),
      );
    },

    async find(model, id) {
      const row = await live(model).where('id', '=', storedId(model, id)).executeTakeFirst();
      return row && withOwnId(model, id, await artifactOf(model, row));
    },

    async findByUid(model, uid) {
      const row = await newest(live(model).where('uid', '=', storable(uid)));
      return row && artifactOf(model, row);
    },

    async findByUserCode(model, userCode) {
      const row = await newest(live(model).where('user_code', '=', storable(userCode)));
      return row && artifactOf(model, row);
    },

    async findByClient(model, accountId, clientId) {
      // The model is not a parameter: such an index is of one model only.
      const ofUser = live(sql.lit(model)).where('account_id', '=', storable(accountId));
      const row = await newest(ofUser.where('client_id', '=', storable(clientId)));
      return row && artifactOf(model, row);
    },

    async findByAccount(model, accountId) {
      const ofUser = live(sql.lit(model)).where('account_id', '=', storable(accountId));
      const rows = await ofUser.orderBy('created_at', 'desc').execute();
      return Promise.all(rows.map((row) => artifactOf(model, row)));
    },

    async consume(model, id) {
      const take = async () => {
        const { numUpdatedRows } = await database
          .updateTable('artifacts')
          .set({ consumed_at: now })
          .where('model', '=', model)
          .where('id', '=', storedId(model, id))
          .where('consumed_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return numUpdatedRows === 1n;
      };
      return models[model]?.ofNoUnit ? units.lasting(take) : units.orRelease(take);
    },

    renew: (model, id, expiresIn) => units.atEnd(renewNow, [{ model, id: storedId(model, id), expiresIn }]),

    destroy: (model, id) => destroy({ model, column: 'id', value: storedId(model, id) }),

    revokeByGrantId: (model, grantId) => destroy({ model, column: 'grant_id', value: storable(grantId) }),

    destroyAll: (doomed) => destroy(...doomed.map(deletionOf)),

    forgetScopes: (gone) => units.atEnd(forgetNow, gone),
  };

  /** Keeps as many of a user, and of a grant, as there may be. */
  async function destroyOldest(model: string, { account_id, grant_id }: ArtifactRecord): Promise<void> {
    const { mostOfAccount, mostOfGrant } = models[model] ?? {};
    if (mostOfAccount !== undefined && account_id) {
      await destroy({ model, column: 'account_id', value: account_id, butNewest: mostOfAccount });
    }
    if (mostOfGrant !== undefined && grant_id) {
      await destroy({ model, column: 'grant_id', value: grant_id, butNewest: mostOfGrant });
    }
  }

  /** Writes as a part of the unit, or apart from it, as the model has it. */
  async function write<Result>(model: string, statement: () => Promise<Result>): Promise<Result> {
    if (models[model]?.ofNoUnit) return units.lasting(statement);
    await units.begin();
    return statement();
  }

  async function recordOf(model: string, id: string, artifact: Artifact) {
    const key = storedId(model, id);
    const { open, secret } = partsOf(model, artifact);
    return {
      model,
      id: key,
      payload: JSON.stringify(open),
      sealed: secret ? await sealer.seal(JSON.stringify(secret), `${model} ${key}`) : null,
      grant_id: column(artifact.grantId),
      account_id: column(artifact.accountId),
      client_id: column(artifact.clientId),
      uid: column(artifact.uid),
      user_code: column(artifact.userCode),
      apis: models[model]?.allows ? arrayOf(resourcesOf(artifact)) : null,
    };
  }

  /** Stores a record in the place of the one before; the answer is whether there was none. */
  async function stored(
    { model, id, ...rest }: ArtifactRecord,
    expires_at: RawBuilder<Date>,
  ): Promise<boolean> {
    const record = { ...rest, expires_at };
    const { isNew } = await database
      .insertInto('artifacts')
      .values({ model, id, ...record })
      .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(record))
      // Only a row that was there has been locked by us.
      .returning(sql<boolean>`xmax = 0`.as('isNew'))
      .executeTakeFirstOrThrow();
    return isNew;
  }

  function deletionOf(doomed: Doomed): Deletion {
    const { model } = doomed;
    if ('id' in doomed) return { model, column: 'id', value: storedId(model, doomed.id) };
    if ('uid' in doomed) return { model, column: 'uid', value: storable(doomed.uid) };
    if ('grantId' in doomed) return { model, column: 'grant_id', value: storable(doomed.grantId) };
    return { model, column: 'account_id', value: storable(doomed.accountId) };
  }

  /** What has not expired, whether or not what has is still there. */
  function live(model: string | RawBuilder<string>) {
    return database
      .selectFrom('artifacts')
      .select(['id', 'payload', 'sealed', 'consumed_at', consumedAgo])
      .where('model', '=', model)
      .where('expires_at', '>', now);
  }

  function newest(rows: ReturnType<typeof live>) {
    return rows.orderBy('created_at', 'desc').limit(1).executeTakeFirst();
  }

  async function artifactOf(
    model: string,
    { id, payload, sealed, consumed_at, consumed_ago }: Row,
  ): Promise<Artifact> {
    const secret = sealed === null ? '{}' : await sealer.open(sealed, `${model} ${id}`);
    const used = consumed_at && {
      consumed: Math.floor(consumed_at.getTime() / 1_000),
      consumedAgo: consumed_ago,
    };
    return { ...payload, ...JSON.parse(secret), ...used };
  }
}

/** A row as it is written, but for when it expires. */
type ArtifactRecord = Pick<
  Insertable<Schema['artifacts']>,
  | 'model'
  | 'id'
  | 'payload'
  | 'sealed'
  | 'grant_id'
  | 'account_id'
  | 'client_id'
  | 'uid'
  | 'user_code'
  | 'apis'
>;

interface Row {
  id: string;
  payload: Artifact;
  sealed: string | null;
  consumed_at: Date | null;
  consumed_ago: number | null;
}

function columnOf<Record, Name extends keyof Record>(records: Record[], name: Name): Record[Name][] {
  return records.map((record) => record[name]);
}

function column(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}

/** Texts as PostgreSQL writes an array of them. */
function arrayOf(texts: string[]): string {
  return `{${texts.map((text) => `"${storable(text).replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function fromNow(seconds: number | undefined): RawBuilder<Date> {
  return seconds === undefined
    ? sql<Date>`'infinity'::timestamptz`
    : sql<Date>`now() + make_interval(secs => ${seconds})`;
}
