/** Requires that the user of a presented token is still there. */
import type { UserDirectory } from '../../core/users/user-directory.ts';
import { tellingOutages } from '../library-outages.ts';
import type { PresentedToken } from './exchange-parameters.ts';
import { notInForce } from './our-tokens.ts';

/** @throws {errors.InvalidRequest} when the user is no more, or may not sign in */
export async function requireUser(
  users: Pick<UserDirectory, 'find'>,
  { name }: PresentedToken,
  user: string,
): Promise<void> {
  if ((await tellingOutages(users.find(user))) === undefined) throw notInForce(name);
}
