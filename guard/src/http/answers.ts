/** The finished answers of the guard: to refused calls, to calls during an outage, and the metadata of the API. */
import type { Unavailable } from 'shared/core/unavailable.ts';
import { metadataOf, type ProtectedResource } from 'shared/oauth/protected-resource-metadata.ts';
import type { RefusedCall } from 'shared/oauth/token-refusals.ts';
import { statusOfOutage } from 'shared/upstream/outage-status.ts';

/** An answer that a framework only has to write: the body as JSON, with the headers as they are. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: object;
}

/** The reason phrases of RFC 9110 §15, which are the titles of problems (RFC 9457 §4.2.1). */
const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** `Retry-After` of a 503 when nobody knows better, in seconds. */
const RETRY_AFTER_S = 1;

/** The answer to a refused call, as a problem (RFC 9457). */
export function refusalAnswer({ status, detail, headers, members }: RefusedCall): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers },
    body: { type: 'about:blank', title: titles[status], status, detail, ...members },
  };
}

/** The answer while a token cannot be checked: never a refusal, since the caller is not to blame. */
export function outageAnswer(outage: Unavailable): Answer {
  const status = statusOfOutage(outage);
  const retryAfterS = outage.retryAfterS ?? (status === 503 ? RETRY_AFTER_S : undefined);
  const headers: Record<string, string> =
    retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) };
  return refusalAnswer({ status, detail: outage.detail, headers, members: {} });
}

/** The metadata of an API (RFC 9728 §3.2), which applications of every origin may read. */
export function metadataAnswer(api: ProtectedResource): Answer {
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'public, max-age=3600',
      'Access-Control-Allow-Origin': '*',
      // For preflights, which get the same answer: some clients add a header of their own.
      'Access-Control-Allow-Headers': '*',
    },
    body: metadataOf(api),
  };
}
