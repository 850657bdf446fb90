/**
 * The scope of a token for an API holds the scopes of OpenID Connect, too, that the user has granted. So the token opens the
 * userinfo endpoint (OpenID Connect Core §5.3) beside the API, and the token response says all that was granted (RFC 6749 §5.1).
 */
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { OIDC_SCOPES } from '../../core/apis/scopes.ts';

type Customizers = NonNullable<NonNullable<Configuration['formats']>['customizers']>;

/** The tokens that have a scope: those of users, and those of clients, which come of no grant. */
type Token = InstanceType<Provider['AccessToken' | 'ClientCredentials']>;

/** Completes the scope of a JWT access token that comes of a grant. The library puts only the scopes of its API there. */
export const withGrantedScope: Customizers['jwt'] = (ctx, token, jwt) => {
  token.scope = grantedScope(ctx, token);
  jwt.payload.scope = token.scope;
};

/** The scope of a token for an API, with what was granted beside the scopes of the API; undefined when it has none. */
export function grantedScope({ oidc }: KoaContextWithOIDC, token: Token): string | undefined {
  const { Grant: grant, RefreshToken, AuthorizationCode, DeviceCode } = oidc.entities;
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode;
  if (grant === undefined || source === undefined) return token.scope;
  // A refresh may ask for less.
  const asked = oidc.params?.scope === undefined ? source.scopes : oidc.requestParamScopes;
  const ofApi = token.scopes;
  const ofUser = new Set(grant.getOIDCScopeFiltered(new Set(OIDC_SCOPES)).split(' '));
  return [...asked].filter((one) => ofApi.has(one) || ofUser.has(one)).join(' ') || undefined;
}
