/** The user directory of a deployment without users, where clients act only for themselves. */
import type { UserDirectory } from '../core/users/user-directory.ts';

/** Refuses every user. */
export const noUsers: UserDirectory = {
  async authenticate() {
    return undefined;
  },
  async find() {
    return undefined;
  },
};
