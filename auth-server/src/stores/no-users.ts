/** The user directory of a deployment without users: nobody can sign in, clients act for themselves only. */
import type { UserDirectory } from '../core/users/user-directory.ts';

export const noUsers: UserDirectory = {
  async authenticate() {
    return undefined;
  },
  async find() {
    return undefined;
  },
};
