/** Signing keys in PostgreSQL, sealed, for all replicas. */
import { type Kysely, sql } from 'kysely';
import type { SigningKey, SigningKeyStore } from '../../core/keys/signing-key-store.ts';
import { inTransaction } from './conflicts.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import type { Sealer } from './sealing.ts';

/** @param sealer seals the private keys, so that a reader of the database cannot sign */
export function postgresSigningKeys(database: Database, sealer: Sealer): SigningKeyStore {
  return {
    all: () => read(database),
    change: (decide) =>
      inTransaction(database, async (transaction) => {
        // Held until the end of the transaction, so that replicas decide one after the other.
        await sql`select pg_advisory_xact_lock(hashtextextended('auth-server signing keys', 0))`.execute(
          transaction,
        );
        const { add, forget } = await decide(await read(transaction));
        if (forget.length > 0) {
          await transaction.deleteFrom('signing_keys').where('kid', 'in', forget).execute();
        }
        for (const key of add)
          await transaction
            .insertInto('signing_keys')
            .values(await rowOf(key))
            .execute();
        return read(transaction);
      }),
  };

  async function read(from: Kysely<Schema>): Promise<SigningKey[]> {
    const rows = await from.selectFrom('signing_keys').selectAll().orderBy('created_at').execute();
    return Promise.all(
      rows.map(async ({ kid, alg, created_at, signs_from, sealed_jwk }) => ({
        kid,
        alg,
        createdAt: created_at.getTime(),
        signsFrom: signs_from.getTime(),
        jwk: JSON.parse(await sealer.open(sealed_jwk, `signing key ${kid}`)) as Record<string, unknown>,
      })),
    );
  }

  async function rowOf({ kid, alg, createdAt, signsFrom, jwk }: SigningKey) {
    return {
      kid,
      alg,
      created_at: new Date(createdAt),
      signs_from: new Date(signsFrom),
      sealed_jwk: await sealer.seal(JSON.stringify(jwk), `signing key ${kid}`),
    };
  }
}
