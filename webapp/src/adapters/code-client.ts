/** Checks authorization responses and redeems their codes (RFC 6749 §4.1.2, §4.1.3) with oauth4webapi. */
import * as oauth from 'oauth4webapi';
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { accessToken } from 'shared/oauth/token-response.ts';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { z } from 'zod';
import type { FlowRefusal, RedeemCode } from '../core/authorization-code.ts';

/** The webapp's registration at the issuer. */
export interface CodeClientSettings {
  issuer: string;
  tokenEndpoint: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  /** The identifier of the API (RFC 8707 §2.2). */
  resource: string;
}

/** RFC 6749 §4.1.2.1 allows only these characters in an error and in its description. */
const errorText = z.string().regex(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
const errorCode = errorText.max(100);
const errorDescription = errorText.transform((text) => text.slice(0, 200));

/** The port that checks authorization responses and redeems codes, as a confidential client of one issuer. */
export function codeClient(authServer: Upstream, settings: CodeClientSettings): RedeemCode {
  const { clientId, clientSecret, redirectUri, resource } = settings;
  const issuer: oauth.AuthorizationServer = {
    issuer: settings.issuer,
    token_endpoint: settings.tokenEndpoint,
    // RFC 9207 §2.4: makes the library refuse a response without `iss`.
    authorization_response_iss_parameter_supported: true,
  };
  const client: oauth.Client = { client_id: clientId };
  const authorization = basicCredentials(clientId, clientSecret);

  return async function redeemCode(response, { state, codeVerifier }) {
    let answer: Response;
    try {
      answer = await oauth.authorizationCodeGrantRequest(
        issuer,
        client,
        // The same HTTP Basic credentials as for the password grant.
        (_issuer, _client, _body, headers) => headers.set('authorization', authorization),
        oauth.validateAuthResponse(issuer, client, response, state),
        redirectUri,
        codeVerifier,
        {
          additionalParameters: { resource },
          [oauth.customFetch]: send,
          // The operator decides: in a private network the endpoint may be plain http.
          [oauth.allowInsecureRequests]: true,
        },
      );
    } catch (error) {
      return { ok: false, refusal: responseRefusal(error) };
    }
    return tokenOf(answer);
  };

  /** Our upstream in place of `fetch`, for its limits, its traces and its faults. */
  async function send(url: string, { headers, body }: oauth.CustomFetchOptions<'POST', URLSearchParams>) {
    const answer = await authServer.send({
      url,
      headers,
      form: Object.fromEntries(body),
      // RFC 6749 §4.1.2: using a code twice revokes the tokens that came from it.
      repeatable: false,
    });
    if (![200, 400, 401].includes(answer.status))
      throw authServer.invalidResponse(`answered ${answer.status}`);
    // Without the challenge of a 401, where the library would look for the error. It is in the body (RFC 6749 §5.2).
    return new Response(answer.body, {
      status: answer.status,
      headers: { 'content-type': String(answer.headers['content-type']) },
    });
  }

  async function tokenOf(answer: Response): ReturnType<RedeemCode> {
    try {
      const granted = await oauth.processAuthorizationCodeResponse(issuer, client, answer);
      const { success, data: token } = accessToken.safeParse(granted.access_token);
      if (success && granted.token_type === 'bearer') return { ok: true, value: token };
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError) return { ok: false, refusal: tokenRefusal(error.error) };
      // Without the cause, which may quote the body.
      if (isProtocolError(error))
        throw authServer.invalidResponse(`gave no token response: ${error.message}`);
      throw error;
    }
    throw authServer.invalidResponse('gave no Bearer token');
  }
}

/** The refusal for a bad authorization response. Throws any other error again. */
function responseRefusal(error: unknown): FlowRefusal {
  if (error instanceof oauth.AuthorizationResponseError) {
    const code = errorCode.safeParse(error.error);
    if (code.success) {
      const description = errorDescription.safeParse(error.error_description).data;
      return { by: 'auth-server', of: 'authorization', error: code.data, description };
    }
    return { by: 'webapp', of: 'response' };
  }
  if (isProtocolError(error)) return { by: 'webapp', of: 'response' };
  throw error;
}

/** The refusal for an error of the token endpoint (RFC 6749 §5.2). */
function tokenRefusal(error: string): FlowRefusal {
  return error === 'invalid_grant'
    ? { by: 'auth-server', of: 'code' }
    : { by: 'auth-server', of: 'webapp', reason: error };
}

/** An error of the library which says that its input breaks the protocol. */
function isProtocolError(error: unknown): error is Error {
  return error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError;
}
