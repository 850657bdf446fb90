/** Rules for passwords (NIST SP 800-63B): they are long enough and not common, and may have any characters. */
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { usernameKey } from './usernames.ts';

/** The shortest and the longest password, in characters. */
const MIN_LENGTH = 8;
const MAX_LENGTH = 1_000;

/**
 * Why a user may not choose a password:
 * - `password_length`: it is too short or too long, or holds halves of characters
 * - `weak_password`: it is the username, or common
 */
export type PasswordRefusal = 'password_length' | 'weak_password';

/** Why a user with this name may not choose this password; undefined when they may. */
export function passwordRefusal(password: string, username: string): PasswordRefusal | undefined {
  const isLongEnough = [...password.normalize('NFC')].length >= MIN_LENGTH;
  if (!isPossiblePassword(password) || !isLongEnough) return 'password_length';
  const key = usernameKey(password);
  return key === usernameKey(username) || COMMON_PASSWORDS.has(key) ? 'weak_password' : undefined;
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
