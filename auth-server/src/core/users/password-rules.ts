/** Rules for passwords (NIST SP 800-63B): they are long enough and not common, and may have any characters. */
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { usernameKey } from './usernames.ts';

/** The shortest and the longest password, in characters. */
const MIN_LENGTH = 8;
const MAX_LENGTH = 1_000;

/** Whether a user with this name may choose this password. */
export function isGoodPassword(password: string, username: string): boolean {
  return (
    isPossiblePassword(password) &&
    [...password.normalize('NFC')].length >= MIN_LENGTH &&
    usernameKey(password) !== usernameKey(username) &&
    !COMMON_PASSWORDS.has(usernameKey(password))
  );
}

/** Whether this can be anybody's password. If it cannot, it is refused without being hashed. */
export function isPossiblePassword(password: string): boolean {
  return (
    password.length > 0 && password.length <= 2 * MAX_LENGTH && fits(password) && password.isWellFormed()
  );
}

function fits(password: string): boolean {
  return [...password.normalize('NFC')].length <= MAX_LENGTH;
}
