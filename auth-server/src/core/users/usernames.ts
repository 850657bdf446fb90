/** Rules for usernames: what they may be, and when two are the same. */

/** Whether a text can be a username: 3 to 100 characters, all visible, with no space at either end. */
export function isUsername(text: string): boolean {
  const { length } = [...text.normalize('NFC')];
  return (
    length >= 3 && length <= 100 && !/[\p{C}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0\u2800]|^\s|\s$/u.test(text)
  );
}

/**
 * The key that a username is looked up by. Usernames that differ only in case share it, and so do those that write the same
 * characters in different ways (RFC 8265 §3.3).
 */
export function usernameKey(username: string): string {
  // Some letters are the same only in upper case: ß and ss, σ and ς.
  return username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
