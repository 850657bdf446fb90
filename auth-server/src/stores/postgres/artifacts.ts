/**
 * The artifact store in PostgreSQL, for any number of replicas. The clock of the database says what has expired, as
 * those of the replicas may differ.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Artifact, ArtifactModels, ArtifactStore } from '../../core/grants/artifact-store.ts';
import { artifactSecrets } from './artifact-secrets.ts';
import type { Database } from './database.ts';
import type { Sealer } from './sealing.ts';
import { storable } from './text.ts';

const now = sql<Date>`now()`;

/**
 * Ids that open something are kept as hashes only, and other secrets sealed: what is found by `uid` comes without its
 * `jti`, which is its id. What was consumed stays so, also when it is stored again.
 *
 * @param beforeWrite is waited for before each write, such as for a transaction that it is to be part of
 */
export function postgresArtifacts(
  models: ArtifactModels,
  database: Database,
  sealer: Sealer,
  beforeWrite = async () => {},
): ArtifactStore {
  const { partsOf, storedId, withOwnId } = artifactSecrets(models);

  return {
    async upsert(model, id, artifact, expiresIn) {
      const key = storedId(model, id);
      const { open, secret } = partsOf(model, artifact);
      const record = {
        payload: JSON.stringify(open),
        sealed: secret ? await sealer.seal(JSON.stringify(secret), `${model} ${key}`) : null,
        grant_id: column(artifact.grantId),
        account_id: column(artifact.accountId),
        client_id: column(artifact.clientId),
        uid: column(artifact.uid),
        user_code: column(artifact.userCode),
        expires_at: fromNow(expiresIn),
      };
      await beforeWrite();
      await database
        .insertInto('artifacts')
        .values({ model, id: key, ...record })
        .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(record))
        .execute();
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
      await beforeWrite();
      const { numUpdatedRows } = await database
        .updateTable('artifacts')
        .set({ consumed_at: now })
        .where('model', '=', model)
        .where('id', '=', storedId(model, id))
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },

    async destroy(model, id) {
      await beforeWrite();
      const ofModel = database.deleteFrom('artifacts').where('model', '=', model);
      await ofModel.where('id', '=', storedId(model, id)).execute();
    },

    async destroyByUid(model, uid) {
      await beforeWrite();
      const ofModel = database.deleteFrom('artifacts').where('model', '=', model);
      await ofModel.where('uid', '=', storable(uid)).execute();
    },

    async destroyByAccount(model, accountId) {
      await beforeWrite();
      const ofModel = database.deleteFrom('artifacts').where('model', '=', sql.lit(model));
      await ofModel.where('account_id', '=', storable(accountId)).execute();
    },

    async revokeByGrantId(model, grantId) {
      await beforeWrite();
      const ofModel = database.deleteFrom('artifacts').where('model', '=', model);
      await ofModel.where('grant_id', '=', storable(grantId)).execute();
    },
  };

  /** What has not expired, whether or not what has is still there. */
  function live(model: string | RawBuilder<string>) {
    return database
      .selectFrom('artifacts')
      .select(['id', 'payload', 'sealed', 'consumed_at'])
      .where('model', '=', model)
      .where('expires_at', '>', now);
  }

  function newest(rows: ReturnType<typeof live>) {
    return rows.orderBy('created_at', 'desc').limit(1).executeTakeFirst();
  }

  async function artifactOf(model: string, { id, payload, sealed, consumed_at }: Row): Promise<Artifact> {
    const secret = sealed === null ? '{}' : await sealer.open(sealed, `${model} ${id}`);
    const consumed = consumed_at && Math.floor(consumed_at.getTime() / 1_000);
    return { ...payload, ...JSON.parse(secret), ...(consumed !== null && { consumed }) };
  }
}

interface Row {
  id: string;
  payload: Artifact;
  sealed: string | null;
  consumed_at: Date | null;
}

function column(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}

function fromNow(seconds: number | undefined): RawBuilder<Date> {
  return seconds === undefined
    ? sql<Date>`'infinity'::timestamptz`
    : sql<Date>`now() + make_interval(secs => ${seconds})`;
}
