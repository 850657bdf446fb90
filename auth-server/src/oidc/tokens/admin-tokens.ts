/** Verifies access tokens for the admin API as introspection (RFC 7662) would, without an HTTP request. */
import type { Provider } from 'oidc-provider';
import type { VerifiedToken, VerifyToken } from '../../core/admin/admin-authorization.ts';
import { marked } from './structured-tokens.ts';

/** The claim of tokens for the admin API that names the session in which its user was signed in. The name opens nothing. */
export const SESSION_CLAIM = 'session_uid';

type Token = InstanceType<Provider['AccessToken']> | InstanceType<Provider['ClientCredentials']>;

/** A verifier that accepts an active access token unless it is bound to a key, or its grant has ended. */
export function tokenVerifier({ AccessToken, ClientCredentials, Grant }: Provider): VerifyToken {
  return async function verify(token) {
    const [ofUser, ofClient] = await Promise.all([
      AccessToken.find(marked(token)),
      ClientCredentials.find(marked(token)),
    ]);
    const found = ofUser ?? ofClient;
    if (!found?.isValid || found.isSenderConstrained()) return undefined;
    if (ofUser?.grantId !== undefined && !(await stands(ofUser))) return undefined;
    return verified(found, ofUser);
  };

  async function stands({ grantId, clientId, accountId }: InstanceType<Provider['AccessToken']>) {
    const grant = await Grant.find(String(grantId));
    return grant !== undefined && grant.clientId === clientId && grant.accountId === accountId;
  }
}

function verified(
  { clientId = '', aud = [], scope = '' }: Token,
  ofUser: InstanceType<Provider['AccessToken']> | undefined,
): VerifiedToken {
  return {
    sub: ofUser?.accountId ?? clientId,
    clientId,
    scopes: scope.split(' ').filter((name) => name !== ''),
    audience: [aud].flat(),
    grantId: ofUser?.grantId,
    session: ofUser?.extra?.[SESSION_CLAIM] as string | undefined,
  };
}
