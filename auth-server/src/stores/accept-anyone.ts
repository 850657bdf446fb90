/** The demo's user directory: everyone is who they say they are. */
import type { UserDirectory } from '../core/user-directory.ts';

/** Accepts any username of 3 to 100 characters with any password that is there. */
export const acceptAnyone: UserDirectory = {
  async authenticate(username, password) {
    return isUsername(username) && password !== '' ? { sub: username } : undefined;
  },
  async find(sub) {
    return isUsername(sub) ? { sub } : undefined;
  },
};

function isUsername(name: string): boolean {
  const characters = [...name].length;
  return characters >= 3 && characters <= 100;
}
