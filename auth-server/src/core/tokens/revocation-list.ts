/** The port to the list of access tokens that were revoked before they expired (RFC 7009). */

export interface RevocationList {
  /**
   * Lists a token. When this resolves, every later `has` answers true until the token expires.
   *
   * @param expiresAt when the entry can be forgotten, in seconds since the epoch
   */
  add(jti: string, expiresAt: number): Promise<void>;
  has(jti: string): Promise<boolean>;
}
