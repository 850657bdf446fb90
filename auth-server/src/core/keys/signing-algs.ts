/** The signature algorithms to choose from; all asymmetric, so that anyone can verify and only we can sign. */
export const SIGNING_ALGS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];
