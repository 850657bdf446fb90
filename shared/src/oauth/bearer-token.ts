/** The access token in a request (RFC 6750 §2.1, RFC 9449 §7.1): in the Authorization header, once, and nowhere else. */
import type { IncomingMessage } from 'node:http';

/** How a token is presented: by itself, or with a proof of its key. */
export type Scheme = 'Bearer' | 'DPoP';

/** A token, or why there is none to use; `no_token` where there was no attempt to send one. */
export type TokenInRequest =
  | { scheme: Scheme; token: string; reason?: undefined }
  | { reason: 'no_token' }
  | { reason: 'invalid_request' | 'invalid_token'; scheme: Scheme; description: string };

/** What can be sent as a token (RFC 6750 §2.1, `b64token`). */
export const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** @param schemes those that the API takes; the first is that of a request which names none of them */
export function tokenInRequest(
  request: IncomingMessage,
  schemes: readonly [Scheme, ...Scheme[]],
): TokenInRequest {
  const [header, ...more] = request.headersDistinct.authorization ?? [];
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

/** The scheme of an Authorization header (RFC 9110 §11.1: in any case); undefined for one that the API does not take. */
function schemeOf(header: string | undefined, schemes: readonly Scheme[]): Scheme | undefined {
  const name = header?.split(' ', 1)[0]?.toLowerCase();
  return schemes.find((scheme) => scheme.toLowerCase() === name);
}

/** All of it: a second question mark is data (RFC 3986 §3.4). */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.replace(/^[^?]*/, ''));
}
