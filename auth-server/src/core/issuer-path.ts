/** The path of an issuer identifier, below which everything of the issuer is. */

/** The path, without a slash at its end; empty where the issuer is a whole host. */
export function pathOfIssuer(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, '');
}
