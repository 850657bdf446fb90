/** Makes authorization requests with PKCE (RFC 6749 §4.1.1, RFC 7636 §4.3), and for step-up (RFC 9470 §4). */
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';
import type { RequestAuthorization } from '../core/authorization-code.ts';

/** What every authorization request of the webapp has in common. */
export interface AuthorizationRequestSettings {
  authorizationEndpoint: string;
  clientId: string;
  redirectUri: string;
  /** The identifier of the API (RFC 8707 §2.1). */
  resource: string;
}

/** Makes requests for one scope of one resource, which suggest a user (OpenID Connect Core §3.1.2.1, `login_hint`). */
export function authorizationRequests({
  authorizationEndpoint,
  clientId,
  redirectUri,
  resource,
}: AuthorizationRequestSettings): RequestAuthorization {
  return async function requestAuthorization(scope, loginHint, { acrValues, maxAge }) {
    const state = generateRandomState();
    const codeVerifier = generateRandomCodeVerifier();
    const url = new URL(authorizationEndpoint);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      resource,
      login_hint: loginHint,
      ...(acrValues !== undefined && { acr_values: acrValues }),
      ...(maxAge !== undefined && { max_age: maxAge }),
    }).toString();
    return { url: url.href, state, codeVerifier };
  };
}
