/** The claims about a user, in ID tokens and at userinfo (OpenID Connect Core §5). */
import type { Configuration } from 'oidc-provider';
import type { UserDirectory } from '../../core/users/user-directory.ts';
import { tellingOutages } from '../library-outages.ts';

/** The claims that each scope asks for (OpenID Connect Core §5.4). */
export const CLAIMS: Record<string, string[]> = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
};

/** Finds a user's account for the library, with all claims that the directory has. The library leaves out what no scope asks for. */
export function accountFinder(users: UserDirectory): NonNullable<Configuration['findAccount']> {
  return async function findAccount(_ctx, sub) {
    const user = await tellingOutages(users.find(sub));
    return user && { accountId: user.sub, claims: () => ({ ...user.claims, sub: user.sub }) };
  };
}
