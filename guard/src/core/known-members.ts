/** Refuses misspelt options. In JavaScript nothing else would, and one that is misspelt would count as left out. */

/**
 * Refuses what is no object, and an object that has a member of another name.
 *
 * @param what the name of the object, for the message
 * @throws {TypeError} when it is refused
 */
export function assertKnownMembers(what: string, value: object, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${what} must be an object`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${what} has no member ${unknown}; its members are ${names.join(', ')}`);
}
