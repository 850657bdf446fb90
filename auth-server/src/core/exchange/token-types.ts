/** The types of tokens that an exchange knows (RFC 8693 §3). */

const TYPES = 'urn:ietf:params:oauth:token-type:';

/** The type of our access tokens, and of all that an exchange issues. */
export const ACCESS_TOKEN = `${TYPES}access_token`;

/** The type of a JWT of another issuer. */
export const JWT = `${TYPES}jwt`;
