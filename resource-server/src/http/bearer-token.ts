/** The access token in a request (RFC 6750 §2): in the Authorization header, once, and nowhere else. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Refusal } from '../core/authorization.ts';

const credentials = z
  .string()
  .regex(/^[^ ]+ +[^ ]+$/)
  .transform((text) => text.split(/ +/)[1] as string);

const b64token = /^[A-Za-z0-9._~+/-]+=*$/;

/** The Bearer token of a request, or why there is none to use. */
export function bearerToken(request: IncomingMessage): { token: string } | { refusal: Refusal } {
  if (new URLSearchParams(request.url?.split('?')[1]).has('access_token')) {
    return refuse('invalid_request', 'send the token in the Authorization header, not in the query');
  }
  const [header, ...more] = request.headersDistinct.authorization ?? [];
  if (more.length > 0) return refuse('invalid_request', 'send one token');
  if (header === undefined || !/^bearer( |$)/i.test(header)) return { refusal: { reason: 'no_token' } };
  const { success, data: token } = credentials.safeParse(header);
  if (!success) return refuse('invalid_request', 'the Authorization header must be "Bearer" and one token');
  if (!b64token.test(token)) return refuse('invalid_token', 'the token is malformed');
  return { token };
}

function refuse(reason: 'invalid_request' | 'invalid_token', description: string): { refusal: Refusal } {
  return { refusal: { reason, description } };
}
