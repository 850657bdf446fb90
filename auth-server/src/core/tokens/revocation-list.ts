/** The port to the list of access tokens that were revoked before they expired (RFC 7009). */

/**
 * The list of revoked tokens, by their `jti`; by the hash of the token where that is the token itself. Its promises reject with
 * `StoreUnavailable` while it cannot be used.
 */
export interface RevocationList {
  /**
   * Adds a token. Once this resolves, `has` answers true until the token expires.
   *
   * @param expiresAt when the entry can be forgotten, in seconds since the epoch
   */
  add(jti: string, expiresAt: number): Promise<void>;
  /** Whether any of these tokens was revoked. */
  has(...jtis: string[]): Promise<boolean>;
}
