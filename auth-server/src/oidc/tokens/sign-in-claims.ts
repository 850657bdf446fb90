/** What an access token says of its user's sign-in (RFC 9068 §2.2.1), by which an API can ask for a more recent one (RFC 9470). */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

type Token = InstanceType<Provider['AccessToken' | 'ClientCredentials']>;

/** When the user signed in, in seconds since the epoch; nothing for a client's own token. */
export function signInClaims({ oidc }: KoaContextWithOIDC, token: Token): { auth_time?: number } {
  if (!('accountId' in token) || token.accountId === undefined) return {};
  const { RefreshToken, AuthorizationCode, DeviceCode } = oidc.entities;
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode;
  // The request of the password grant is itself the sign-in. A grant that says nothing of one must not look like a recent one.
  const time = token.gty === 'password' ? Math.floor(Date.now() / 1_000) : source?.authTime;
  return time === undefined ? {} : { auth_time: time };
}
