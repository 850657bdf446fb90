/** What a password may be (NIST SP 800-63B): long enough, not the first guess, and of any characters. */
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { usernameKey } from './usernames.ts';

const LEAST = 8;
const MOST = 1_000;

/** Whether a user of this name may have this password from now on. */
export function isGoodPassword(password: string, username: string): boolean {
  return (
    isPossiblePassword(password) &&
    [...password.normalize('NFC')].length >= LEAST &&
    usernameKey(password) !== usernameKey(username) &&
    !COMMON_PASSWORDS.has(usernameKey(password))
  );
}

/** Whether anybody can have this password. No effort is spent on others. */
export function isPossiblePassword(password: string): boolean {
  return password.length > 0 && password.length <= 2 * MOST && fits(password) && password.isWellFormed();
}

function fits(password: string): boolean {
  return [...password.normalize('NFC')].length <= MOST;
}
