/** The demo's user directory: everyone is who they say they are. */
import type { User, UserDirectory } from '../core/users/user-directory.ts';

/** The user who is signed in when there is no login hint. */
const SOMEONE = 'bob';

/** Accepts any username of 3 to 100 characters with any password that is not empty. */
export const acceptAnyone: UserDirectory = {
  async authenticate(username, password) {
    return password === '' ? undefined : userNamed(username);
  },
  async find(sub) {
    return userNamed(sub);
  },
  async admit(hint = SOMEONE) {
    return userNamed(hint);
  },
};

function userNamed(username: string): User | undefined {
  const characters = [...username].length;
  return characters >= 3 && characters <= 100
    ? { sub: username, claims: plausibleClaims(username) }
    : undefined;
}

/** Made-up claims for a user with this name. The email address is in a domain that belongs to nobody (RFC 2606 §3). */
function plausibleClaims(username: string) {
  const given = username.charAt(0).toUpperCase() + username.slice(1);
  const mailbox = username.toLowerCase().replace(/[^a-z0-9._-]/g, '-');
  return {
    name: `${given} Example`,
    given_name: given,
    family_name: 'Example',
    preferred_username: username,
    email: `${mailbox}@example.com`,
    email_verified: false,
  };
}
