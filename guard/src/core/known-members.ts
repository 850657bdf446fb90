/** Refuses misspelt options. In JavaScript nothing else would, and one that is misspelt would count as left out. */

/**
 * Refuses an object that has a member of another name.
 *
 * @param what the name of the object, for the message
 * @throws {TypeError} when there is such a member
 */
export function assertKnownMembers(what: string, value: object, names: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${what} has no member ${unknown}; its members are ${names.join(', ')}`);
}
