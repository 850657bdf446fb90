/**
 * Puts the claims about a user into the ID tokens of clients that ask for it by their registration: some client libraries read no
 * other. OpenID Connect Core §5.4 has the claims of scopes at the userinfo endpoint, and so has the library.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

/** The member of client metadata, which is ours. */
export const CLAIMS_IN_ID_TOKEN = 'claims_in_id_token';

type IdToken = InstanceType<Provider['IdToken']>;

/** An ID token as the library builds it: `scope` decides which claims are in it. */
interface IdTokenUnderWay {
  scope: string;
  client: Record<string, unknown>;
  ctx: KoaContextWithOIDC;
}

/** Makes a provider do so. */
export function fillIdTokens({ IdToken }: Provider): void {
  const { issue } = IdToken.prototype;
  IdToken.prototype.issue = function issueFilled(this: IdToken & IdTokenUnderWay, options) {
    if (options?.use === 'idtoken' && this.client[CLAIMS_IN_ID_TOKEN] === true) {
      this.scope = grantedScope(this.ctx) ?? this.scope;
    }
    return issue.call(this, options);
  };
}

/** The scopes of OpenID Connect that a token request gets, of those that the user has granted. A refresh may ask for fewer. */
function grantedScope({ oidc }: KoaContextWithOIDC): string | undefined {
  const { Grant: grant, RefreshToken, AuthorizationCode, DeviceCode } = oidc.entities;
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode;
  if (source === undefined) return undefined;
  return grant?.getOIDCScopeFiltered(
    oidc.params?.scope === undefined ? source.scopes : oidc.requestParamScopes,
  );
}
