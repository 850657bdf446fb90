/** The signature algorithms to choose from; all asymmetric, so that anyone can verify and only we can sign. */
export const SIGNING_ALGS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;
/** One of {@link SIGNING_ALGS}, as an `alg` (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
export type SigningAlg = (typeof SIGNING_ALGS)[number];
