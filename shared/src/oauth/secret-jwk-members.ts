/** The members of a JWK that must stay private (RFC 7518 §6). */
const SECRET_MEMBERS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);

/** Whether a key that should be public has secret members. */
export function hasSecretMembers(jwk: object): boolean {
  return Object.keys(jwk).some((member) => SECRET_MEMBERS.has(member));
}

/** A key without its secret members. */
export function publicHalf<Key extends object>(jwk: Key): Key {
  return Object.fromEntries(Object.entries(jwk).filter(([member]) => !SECRET_MEMBERS.has(member))) as Key;
}
