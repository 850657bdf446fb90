/** The name of the grant by which a workload gets a token for a JWT of its own issuer (RFC 7523 §2.1). */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
