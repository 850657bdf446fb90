/** Users in PostgreSQL. */
import { type Selectable, sql, type Transaction } from 'kysely';
import { DatabaseError } from 'pg';
import type { UserAccount, UserChanges, UserStore } from '../../core/users/user-store.ts';
import { usernameKey } from '../../core/users/usernames.ts';
import { inTransaction } from './conflicts.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { storable } from './text.ts';
import type { UnitsOfWork } from './units/transactions.ts';

/** The same condition as that of the index on administrators, which serves it. */
const isAdmin = sql<boolean>`status = 'active' and 'admin' = any(roles)`;

/**
 * Usernames are unique by their key, whatever their case.
 *
 * @param transaction what a change runs in, such as the transaction of a unit of work
 */
export function postgresUsers(
  database: Database,
  transaction: UnitsOfWork['transaction'] = (work) => inTransaction(database, work),
): UserStore {
  return {
    async find(id) {
      const row = await database
        .selectFrom('users')
        .selectAll()
        .where('id', '=', storable(id))
        .executeTakeFirst();
      return row && accountOf(row);
    },

    async findByUsername(username) {
      const row = await database
        .selectFrom('users')
        .selectAll()
        .where('username_key', '=', keyOf(username))
        .executeTakeFirst();
      return row && { user: accountOf(row), passwordHash: row.password_hash };
    },

    async heldPasswordHash(id) {
      const row = await transaction((transaction) =>
        transaction
          .selectFrom('users')
          .select('password_hash')
          .where('id', '=', storable(id))
          .where('status', '=', 'active')
          // Whoever changes the user waits for us, or we have waited for them.
          .forShare()
          .executeTakeFirst(),
      );
      return row?.password_hash;
    },

    async create({ id, createdAt, updatedAt, version, ...user }) {
      const row = await database
        .insertInto('users')
        .values({
          id,
          created_at: createdAt,
          updated_at: updatedAt,
          version,
          username: storable(user.username),
          username_key: keyOf(user.username),
          display_name: textOf(user.displayName),
          email: textOf(user.email),
          email_verified: user.emailVerified,
          roles: user.roles,
          status: user.status,
          password_hash: user.passwordHash,
        })
        .onConflict((conflict) => conflict.column('username_key').doNothing())
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? { ok: false, refusal: 'taken' } : { ok: true, value: accountOf(row) };
    },

    async update(id, version, changes) {
      try {
        return await transaction(async (transaction) => {
          if (endsAdmin(changes) && (await isOnlyAdmin(transaction, id))) {
            return { ok: false, refusal: 'last_admin' };
          }
          const changed = await transaction
            .updateTable('users')
            .set({
              ...columnsOf(changes),
              updated_at: sql<Date>`now()`,
              version: sql<number>`version + 1`,
            })
            .where('id', '=', storable(id))
            .$if(version !== undefined, (query) => query.where('version', '=', Number(version)))
            .returningAll()
            .executeTakeFirst();
          if (changed !== undefined) return { ok: true, value: accountOf(changed) };
          const there = transaction.selectFrom('users').select('id').where('id', '=', storable(id));
          return { ok: false, refusal: (await there.executeTakeFirst()) ? 'stale' : 'unknown' };
        });
      } catch (error) {
        if (error instanceof DatabaseError && error.constraint === 'users_username_key') {
          return { ok: false, refusal: 'taken' };
        }
        throw error;
      }
    },

    async list(after, limit) {
      const rows = await database
        .selectFrom('users')
        .selectAll()
        .$if(after !== undefined, (query) => query.where('id', '>', storable(String(after))))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(accountOf);
    },

    async hasAdmin() {
      const admin = await database
        .selectFrom('users')
        .select('id')
        .where(isAdmin)
        .limit(1)
        .executeTakeFirst();
      return admin !== undefined;
    },
  };
}

function endsAdmin({ status, roles }: UserChanges): boolean {
  return (status !== undefined && status !== 'active') || (roles !== undefined && !roles.includes('admin'));
}

/** Whether this is the only administrator. All are locked, so of two who remove each other the second is refused. */
async function isOnlyAdmin(transaction: Transaction<Schema>, id: string): Promise<boolean> {
  const admins = await transaction
    .selectFrom('users')
    .select('id')
    .where(isAdmin)
    .orderBy('id')
    .forUpdate()
    .execute();
  return admins.length === 1 && admins[0]?.id === id;
}

/** The columns of the fields that are present, even if they are undefined. */
function columnsOf(changes: UserChanges) {
  return {
    ...(changes.username !== undefined && {
      username: storable(changes.username),
      username_key: keyOf(changes.username),
    }),
    ...('displayName' in changes && { display_name: textOf(changes.displayName) }),
    ...('email' in changes && { email: textOf(changes.email) }),
    ...(changes.emailVerified !== undefined && { email_verified: changes.emailVerified }),
    ...(changes.roles !== undefined && { roles: changes.roles }),
    ...(changes.status !== undefined && { status: changes.status }),
    ...(changes.passwordHash !== undefined && { password_hash: changes.passwordHash }),
  };
}

function keyOf(username: string): string {
  return storable(usernameKey(username));
}

function textOf(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}

function accountOf(row: Selectable<Schema['users']>): UserAccount {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name ?? undefined,
    email: row.email ?? undefined,
    emailVerified: row.email_verified,
    roles: row.roles,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
