/** Reads the access token of a request from its Authorization header (RFC 6750 §2.1, RFC 9449 §7.1). */
import type { IncomingRequest } from './incoming-request.ts';

/** How a token is presented: by itself, or with a proof of its key. */
export type Scheme = 'Bearer' | 'DPoP';

/** The token of a request, or why there is no usable one; `no_token` when the client did not try to send one. */
export type TokenInRequest =
  | { scheme: Scheme; token: string; reason?: undefined }
  | { reason: 'no_token' }
  | { reason: 'invalid_request' | 'invalid_token'; scheme: Scheme; description: string };

/** The syntax of a token (RFC 6750 §2.1, `b64token`). */
export const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads the token of a request.
 *
 * @param schemes the schemes that the API accepts; the first one is used for a request that names none of them
 */
export function tokenInRequest(
  request: IncomingRequest,
  schemes: readonly [Scheme, ...Scheme[]],
): TokenInRequest {
  const [header, ...more] = request.header('authorization');
  const named = schemeOf(header, schemes);
  const scheme = named ?? schemes[0];
  if (queryOf(request).has('access_token')) {
    const description = 'send the token in the Authorization header, not in the query';
    return { reason: 'invalid_request', scheme, description };
  }
  if (more.length > 0) return { reason: 'invalid_request', scheme, description: 'send one token' };
  if (header === undefined || named === undefined) return { reason: 'no_token' };
  const [, token] = header.match(/^[^ ]+ +([^ ]+)$/) ?? [];
  if (token === undefined) {
    const description = `the Authorization header must be "${scheme}" and one token`;
    return { reason: 'invalid_request', scheme, description };
  }
  if (!B64TOKEN.test(token))
    return { reason: 'invalid_token', scheme, description: 'the token is malformed' };
  return { scheme, token };
}

/** The scheme of an Authorization header, in upper or lower case (RFC 9110 §11.1); undefined for an unknown one. */
function schemeOf(header: string | undefined, schemes: readonly Scheme[]): Scheme | undefined {
  const name = header?.split(' ', 1)[0]?.toLowerCase();
  return schemes.find((scheme) => scheme.toLowerCase() === name);
}

/** The query begins at the first question mark; a second one is data (RFC 3986 §3.4). */
function queryOf({ target }: IncomingRequest): URLSearchParams {
  return new URLSearchParams(target.replace(/^[^?]*/, ''));
}
