/** What a user's name and email address may be. */

/** Whether a user may be shown so: 1 to 200 characters that can be seen, or join others as some scripts need it. */
export function isDisplayName(text: string): boolean {
  const { length } = [...text];
  return length >= 1 && length <= 200 && !/[^\P{C}\u200C\u200D]|[\p{Zl}\p{Zp}]|^\s|\s$/u.test(text);
}

/** Whether a text has the form of an email address. Only a message that arrives shows that it is one. */
export function isEmailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]+$/u.test(text);
}
