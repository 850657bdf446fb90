/** Requires that the user of a presented token is still there. */
import { errors } from 'oidc-provider';
import type { UserDirectory } from '../../core/users/user-directory.ts';
import { tellingOutages } from '../library-outages.ts';
import type { PresentedToken } from './exchange-parameters.ts';

/** @throws {errors.InvalidRequest} when the user is no more, or may not sign in */
export async function requireUser(
  users: Pick<UserDirectory, 'find'>,
  { name }: PresentedToken,
  user: string,
): Promise<void> {
  if ((await tellingOutages(users.find(user))) === undefined)
    throw new errors.InvalidRequest(`${name} is expired, revoked or unknown`);
}
