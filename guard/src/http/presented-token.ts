/** Reads the access token of a request, and the DPoP proof that belongs to it (RFC 9449 §7.1). */
import { type TokenInRequest, tokenInRequest } from 'shared/oauth/bearer-token.ts';
import type { IncomingRequest } from 'shared/oauth/incoming-request.ts';
import type { Presented } from '../core/authorization.ts';
import { originForm } from './request-target.ts';

/** The form of a signed JWT (RFC 7515 §7.1). */
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Why a request presents no token that could be checked. */
export type RequestRefusal = Exclude<TokenInRequest, { token: string }> | { reason: 'malformed_dpop_proof' };

/**
 * The token of a request, with its proof when the scheme is DPoP, or why the request has no usable token.
 *
 * @param baseUrl where clients reach the root of the server. A Host header proves nothing
 */
export function presentedToken(
  request: IncomingRequest,
  baseUrl: string,
): { presented: Presented } | { refusal: RequestRefusal } {
  const sent = tokenInRequest(request, ['Bearer', 'DPoP']);
  if (sent.reason !== undefined) return { refusal: sent };
  const { scheme, token } = sent;
  if (scheme === 'Bearer') return { presented: { scheme, token } };
  const [proof, ...otherProofs] = request.header('dpop');
  if (proof === undefined || otherProofs.length > 0 || !compactJws.test(proof)) {
    return { refusal: { reason: 'malformed_dpop_proof' } };
  }
  const { method, target } = request;
  return { presented: { scheme, token, proof, method, url: urlOf(target, baseUrl) } };
}

/** The URL of a request without its query, as clients know it (RFC 9449 §4.2, `htu`). */
function urlOf(target: string, baseUrl: string): string {
  const path = originForm(target).replace(/[?#].*$/s, '');
  return baseUrl.replace(/\/?(\?.*)?$/s, '') + path;
}
