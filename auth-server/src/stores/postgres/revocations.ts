/** The revocation list in PostgreSQL: a token revoked at one replica is refused by all, and after a restart. */
import { hash } from 'node:crypto';
import type { RevocationList } from '../../core/revocation-list.ts';
import type { Database } from './database.ts';

/**
 * An entry counts for as long as it is there, whatever its time: were the clock of the database ahead of ours, an
 * entry would end before its token does. The sweeper removes it long after. Entries are hashes, since the `jti` of a
 * token that is no JWT is the token itself.
 */
export function postgresRevocations(database: Database): RevocationList {
  return {
    async add(jti, expiresAt) {
      await database
        .insertInto('revocations')
        .values({ jti_hash: hashOf(jti), expires_at: new Date(expiresAt * 1_000) })
        .onConflict((conflict) => conflict.column('jti_hash').doNothing())
        .execute();
    },
    async has(jti) {
      const row = await database
        .selectFrom('revocations')
        .select('jti_hash')
        .where('jti_hash', '=', hashOf(jti))
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function hashOf(jti: string): string {
  return hash('sha256', jti, 'base64url');
}
