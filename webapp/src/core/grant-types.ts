/** The grants by which a call can get its token. */

/** Their names in RFC 6749 §4.3.2 and §4.1.3. */
export const GRANT_TYPES = ['password', 'authorization_code'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];
