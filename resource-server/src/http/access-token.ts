/** The access token in a request (RFC 6750 §2, RFC 9449 §7.1): in the Authorization header, once, and nowhere else. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Presented, Refusal, Scheme } from '../core/authorization.ts';

const credentials = z
  .string()
  .regex(/^[^ ]+ +[^ ]+$/)
  .transform((text) => text.split(/ +/)[1] as string);

const b64token = /^[A-Za-z0-9._~+/-]+=*$/;

/** The form of a signed JWT (RFC 7515 §7.1). */
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The token of a request, with its DPoP proof where the scheme asks for one, or why there is none to use.
 *
 * @param url the request's target URI, as clients know it
 */
export function presentedToken(
  request: IncomingMessage,
  url: string,
): { presented: Presented } | { refusal: Refusal } {
  const [header, ...more] = request.headersDistinct.authorization ?? [];
  const scheme = schemeOf(header);
  if (queryOf(request).has('access_token')) {
    return refuse('invalid_request', scheme, 'send the token in the Authorization header, not in the query');
  }
  if (more.length > 0) return refuse('invalid_request', scheme, 'send one token');
  if (header === undefined || scheme === undefined) return { refusal: { reason: 'no_token' } };
  const { success, data: token } = credentials.safeParse(header);
  if (!success)
    return refuse('invalid_request', scheme, `the Authorization header must be "${scheme}" and one token`);
  if (!b64token.test(token)) return refuse('invalid_token', scheme, 'the token is malformed');
  if (scheme === 'Bearer') return { presented: { scheme, token } };
  const [proof, ...otherProofs] = request.headersDistinct.dpop ?? [];
  if (proof === undefined || otherProofs.length > 0 || !compactJws.test(proof))
    return refuse('invalid_dpop_proof', scheme, 'send one DPoP header with a proof, which is a signed JWT');
  return { presented: { scheme, token, proof, method: request.method ?? '', url } };
}

/** All of it: a second question mark is data (RFC 3986 §3.4). */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.replace(/^[^?]*/, ''));
}

/** The scheme of an Authorization header (RFC 9110 §11.1: in any case); undefined for one that is not ours. */
function schemeOf(header: string | undefined): Scheme | undefined {
  const [, scheme] = header?.match(/^(bearer|dpop)(?: |$)/i) ?? [];
  if (scheme === undefined) return undefined;
  return scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
}

function refuse(
  reason: 'invalid_request' | 'invalid_token' | 'invalid_dpop_proof',
  scheme: Scheme = 'Bearer',
  description: string,
): { refusal: Refusal } {
  return { refusal: { reason, scheme, description } };
}
