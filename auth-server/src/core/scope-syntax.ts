/** How a scope may be written (RFC 6749 §3.3), and how many there may be. */

/** What a scope is made of. */
export const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** How long a scope may be, and how many an API may have. */
export const SCOPE_LIMITS = { length: 100, ofApi: 200 };
