/** What an access token says of its user's sign-in (RFC 9068 §2.2.1), by which an API can ask for another one (RFC 9470). */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { PASSWORD_ACR } from '../../core/sign-in/authentication-context.ts';
import { UNPROVEN } from '../../core/sign-in/interactions.ts';

type Token = InstanceType<Provider['AccessToken' | 'ClientCredentials']>;

/** How a user signed in. */
interface SignInClaims {
  /** When, in seconds since the epoch. */
  auth_time?: number;
  acr?: string;
}

/** How the user signed in; nothing for a client's own token, and for a user who proved nothing. */
export function signInClaims({ oidc }: KoaContextWithOIDC, token: Token): SignInClaims {
  if (!('accountId' in token) || token.accountId === undefined) return {};
  // The request of the password grant is itself the sign-in.
  if (token.gty === 'password') return { auth_time: Math.floor(Date.now() / 1_000), acr: PASSWORD_ACR };
  const { RefreshToken, AuthorizationCode, DeviceCode } = oidc.entities;
  // A grant that says nothing of a sign-in must not look like a recent one.
  const { authTime, acr, amr } = RefreshToken ?? AuthorizationCode ?? DeviceCode ?? {};
  if (amr?.includes(UNPROVEN)) return {};
  return { ...(authTime !== undefined && { auth_time: authTime }), ...(acr !== undefined && { acr }) };
}
