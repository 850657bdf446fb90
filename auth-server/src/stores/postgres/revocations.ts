/** The revocation list in PostgreSQL: a token revoked at one replica is refused by all, and after a restart. */
import { hash } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';
import type { Database } from './database.ts';
import { noUnit, type UnitHooks } from './transactions.ts';

/** Asked at every introspection, and written out since building it each time costs as much as asking it. */
const HAS = 'select from revocations where jti_hash = $1';

/**
 * An entry counts for as long as it is there, whatever its time: were the clock of the database ahead of ours, an
 * entry would end before its token does. The sweeper removes it long after. Entries are hashes, since the `jti` of a
 * token that is no JWT is the token itself.
 *
 * @param units a revocation lasts whatever becomes of the rest of its request
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
    async has(jti) {
      const { rows } = await database.executeQuery(CompiledQuery.raw(HAS, [hashOf(jti)]));
      return rows.length > 0;
    },
  };
}

function hashOf(jti: string): string {
  return hash('sha256', jti, 'base64url');
}
