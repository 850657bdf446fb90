/** Reads the access token of a request, and the DPoP proof that belongs to it (RFC 9449 §7.1). */
import type { IncomingMessage } from 'node:http';
import { type TokenInRequest, tokenInRequest } from 'shared/oauth/bearer-token.ts';
import type { Presented } from '../core/authorization.ts';

/** The form of a signed JWT (RFC 7515 §7.1). */
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Why a request presents no token that could be checked. */
export type RequestRefusal = Exclude<TokenInRequest, { token: string }> | { reason: 'malformed_dpop_proof' };

/**
 * The token of a request, with its proof when the scheme is DPoP, or why the request has no usable token.
 *
 * @param url the target URI of the request, as clients know it
 */
export function presentedToken(
  request: IncomingMessage,
  url: string,
): { presented: Presented } | { refusal: RequestRefusal } {
  const sent = tokenInRequest(request, ['Bearer', 'DPoP']);
  if (sent.reason !== undefined) return { refusal: sent };
  const { scheme, token } = sent;
  if (scheme === 'Bearer') return { presented: { scheme, token } };
  const [proof, ...otherProofs] = request.headersDistinct.dpop ?? [];
  if (proof === undefined || otherProofs.length > 0 || !compactJws.test(proof)) {
    return { refusal: { reason: 'malformed_dpop_proof' } };
  }
  return { presented: { scheme, token, proof, method: request.method ?? '', url } };
}
