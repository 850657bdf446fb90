/** Users in memory: of one process, and forgotten at its end. */
import type { UserAccount, UserStore } from '../../core/users/user-store.ts';
import { usernameKey } from '../../core/users/usernames.ts';

type Stored = UserAccount & { passwordHash: string };

export function memoryUsers(): UserStore {
  const users = new Map<string, Stored>();

  return {
    async find(id) {
      const stored = users.get(id);
      return stored && accountOf(stored);
    },
    async findByUsername(username) {
      const stored = named(username);
      return stored && { user: accountOf(stored), passwordHash: stored.passwordHash };
    },
    async heldPasswordHash(id) {
      const stored = users.get(id);
      return stored?.status === 'active' ? stored.passwordHash : undefined;
    },
    async create(user) {
      if (named(user.username)) return { ok: false, refusal: 'taken' };
      users.set(user.id, structuredClone(user));
      return { ok: true, value: accountOf(user) };
    },
    async update(id, version, changes) {
      const stored = users.get(id);
      if (stored === undefined) return { ok: false, refusal: 'unknown' };
      const changed = {
        ...stored,
        ...structuredClone(changes),
        updatedAt: new Date(),
        version: stored.version + 1,
      };
      const others = [...users.values()].filter((other) => other.id !== id);
      if (isAdmin(stored) && !isAdmin(changed) && !others.some(isAdmin)) {
        return { ok: false, refusal: 'last_admin' };
      }
      if (version !== undefined && version !== stored.version) return { ok: false, refusal: 'stale' };
      const holder = named(changed.username);
      if (holder !== undefined && holder.id !== id) return { ok: false, refusal: 'taken' };
      users.set(id, changed);
      return { ok: true, value: accountOf(changed) };
    },
    async list(after, limit) {
      const ids = [...users.keys()].filter((id) => after === undefined || id > after).sort();
      return ids.slice(0, limit).map((id) => accountOf(users.get(id) as Stored));
    },
    async hasAdmin() {
      return [...users.values()].some(isAdmin);
    },
  };

  function named(username: string): Stored | undefined {
    const key = usernameKey(username);
    return [...users.values()].find((user) => usernameKey(user.username) === key);
  }
}

function isAdmin({ status, roles }: UserAccount): boolean {
  return status === 'active' && roles.includes('admin');
}

/** A copy, without what is nobody's business. */
function accountOf(stored: Stored): UserAccount {
  const { passwordHash: _hash, ...account } = structuredClone(stored);
  return account;
}
