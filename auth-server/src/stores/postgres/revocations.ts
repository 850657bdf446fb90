/** The revocation list in PostgreSQL: a token revoked at one replica is refused by all, and after a restart. */
import { hash } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';
import type { Database } from './database.ts';
import { noUnit, type UnitHooks } from './units/transactions.ts';

/** The query of every introspection. It is written out, because building it each time costs as much as running it. */
const HAS = 'select from revocations where jti_hash = any($1)';

/**
 * An entry counts as long as it is there, whatever its time: if the clock of the database were ahead of ours, an entry
 * would end before its token does. The sweeper removes it long after. Entries are hashes, because the `jti` of a token that
 * is not a JWT is the token itself.
 *
 * @param units a revocation is kept whatever becomes of the request that asks for it
 */
export function postgresRevocations(
  database: Database,
  { lasting }: Pick<UnitHooks, 'lasting'> = noUnit,
): RevocationList {
  return {
    async add(jti, expiresAt) {
      const entry = { jti_hash: hashOf(jti), expires_at: new Date(expiresAt * 1_000) };
      await lasting(() =>
        database
          .insertInto('revocations')
          .values(entry)
          .onConflict((conflict) => conflict.column('jti_hash').doNothing())
          .execute(),
      );
    },
    async has(...jtis) {
      const { rows } = await database.executeQuery(CompiledQuery.raw(HAS, [jtis.map(hashOf)]));
      return rows.length > 0;
    },
  };
}

function hashOf(jti: string): string {
  return hash('sha256', jti, 'base64url');
}
