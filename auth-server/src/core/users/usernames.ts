/** What a username may be, and when two are the same. */

/** Whether a user may be named so: 3 to 100 characters, all visible, with spaces inside only. */
export function isUsername(text: string): boolean {
  const { length } = [...text.normalize('NFC')];
  return (
    length >= 3 && length <= 100 && !/[\p{C}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0\u2800]|^\s|\s$/u.test(text)
  );
}

/**
 * What a username is looked up by. Those that differ in case only share it, and those that differ in how the same
 * characters are written (RFC 8265 §3.3).
 */
export function usernameKey(username: string): string {
  // Some letters are alike in upper case only: ß and ss, σ and ς.
  return username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
