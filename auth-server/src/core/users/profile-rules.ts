/** Rules for display names and email addresses. */

/**
 * Whether a user or a client may have this display name: 1 to 200 characters that are visible, or that join others as
 * some scripts require.
 */
export function isDisplayName(text: string): boolean {
  const { length } = [...text];
  const unfit = /[^\P{C}\u200C\u200D]|[\p{Zl}\p{Zp}]|^\s|\s$/u;
  return length >= 1 && length <= 200 && !unfit.test(text) && hasInk(text);
}

/** Whether there is anything to see: the Hangul fillers are letters that are blank, and a Braille cell can be empty. */
function hasInk(text: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text.replace(/[\u115F\u1160\u3164\uFFA0\u2800]/g, ''));
}

/** Whether a text has the form of an email address. Only a message that arrives shows that it is one. */
export function isEmailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]+$/u.test(text);
}
