/** The use cases of signing a user in: with a password, at the token endpoint or on the page, and without. */
import type { Result } from 'shared/core/result.ts';
import type { ClientStore } from '../clients/client-registration.ts';
import type { User, UserDirectory } from '../users/user-directory.ts';

/** Who signed in, or why nobody did, in words: for the log, never for the caller. */
export type SignInResult = Result<User, string>;

/**
 * Signs a user in, or refuses to.
 *
 * @param address where the password was typed, as far as that is known
 */
export type SignIn = (username: string, password: string, address?: string) => Promise<SignInResult>;

/** Signs in with a password that the directory accepts. Nobody gets in under the id of a client. */
export function signInWith(users: UserDirectory, clients: ClientStore): SignIn {
  return async function signIn(username, password, address) {
    const name = typedName(username);
    if (name === undefined) return { ok: false, refusal: 'the username has control characters' };
    const user = await users.authenticate(name, password, address);
    if (user === undefined) return { ok: false, refusal: 'the user directory refused the credentials' };
    if (await isClient(user, clients)) return { ok: false, refusal: 'the username is a client id' };
    return { ok: true, value: user };
  };
}

/** Signs in whom a client suggests, or somebody; undefined where a user has to prove who they are. */
export type Admit = (hint: string | undefined) => Promise<User | undefined>;

/** Signs in without a password, where the directory knows of such a thing. */
export function admitWith(users: UserDirectory, clients: ClientStore): Admit {
  return async function admit(hint) {
    const name = hint === undefined ? undefined : typedName(hint);
    if (hint !== undefined && name === undefined) return undefined;
    const user = await users.admit?.(name);
    return user && !(await isClient(user, clients)) ? user : undefined;
  };
}

/**
 * A username without the blanks that phones add at its ends; undefined when it has control characters, which no username
 * has (RFC 7617 §2).
 */
function typedName(username: string): string | undefined {
  const name = username.trim();
  return /\p{Cc}/u.test(name) ? undefined : name;
}

/** RFC 9068 §5: a user whose `sub` is a client's id could pass for the client. */
async function isClient(user: User, clients: ClientStore): Promise<boolean> {
  return (await clients.find(user.sub)) !== undefined;
}
