/** The access token in a request (RFC 6750 §2.1): in the Authorization header, once, and nowhere else. */
import type { IncomingMessage } from 'node:http';

/** A token, or why there is none to use; `no_token` where there was no attempt to send one. */
export type PresentedToken =
  | { token: string; reason?: undefined }
  | { reason: 'no_token' }
  | { reason: 'invalid_request' | 'invalid_token'; description: string };

export function presentedToken(request: IncomingMessage): PresentedToken {
  const [header, ...more] = request.headersDistinct.authorization ?? [];
  if (queryOf(request).has('access_token')) {
    const description = 'send the token in the Authorization header, not in the query';
    return { reason: 'invalid_request', description };
  }
  if (more.length > 0) return { reason: 'invalid_request', description: 'send one token' };
  if (header === undefined || !/^bearer(?: |$)/i.test(header)) return { reason: 'no_token' };
  const [, token] = header.match(/^[^ ]+ +([^ ]+)$/) ?? [];
  if (token === undefined) {
    const description = 'the Authorization header must be "Bearer" and one token';
    return { reason: 'invalid_request', description };
  }
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    return { reason: 'invalid_token', description: 'the token is malformed' };
  }
  return { token };
}

/** All of it: a second question mark is data (RFC 3986 §3.4). */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.replace(/^[^?]*/, ''));
}
