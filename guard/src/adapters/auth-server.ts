/** Calls the authorization server. An outage of it is an `UpstreamFault`. */

import { httpUrl } from 'shared/core/http-url.ts';
import { type FaultKind, UpstreamFault } from 'shared/upstream/fault.ts';
import { retryAfterS } from 'shared/upstream/retry-after.ts';

const NAME = 'auth server';

/** How long a call may take, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** The largest answer, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Statuses by which a server says that it cannot answer now; any other than 200 is an answer that cannot be used. */
const faultOfStatus: Record<number, FaultKind> = { 429: 'unavailable', 503: 'unavailable', 504: 'timeout' };

/** An answer that cannot be used; `what` completes the sentence "The auth server …" for the log. */
export function invalidAnswer(what: string, cause?: unknown): UpstreamFault {
  return new UpstreamFault(NAME, 'invalid_response', `${NAME} ${what}`, { cause });
}

/** Where an endpoint of an issuer is when nobody says otherwise. */
export function endpointAt(issuer: string, name: string): string {
  return `${issuer.replace(/\/$/, '')}/${name}`;
}

/**
 * Refuses what cannot be called, which is a mistake in the API.
 *
 * @throws {TypeError} when it is no http or https URL
 */
export function assertCallable(url: string): void {
  if (httpUrl(url) === undefined) throw new TypeError(`${url} is no http or https URL of an issuer`);
}

/**
 * Sends a request, and resolves with the JSON of a 200.
 *
 * @throws {UpstreamFault} when there is no such answer
 */
export async function jsonFrom(url: string, init: RequestInit = {}): Promise<unknown> {
  const bytes = await bodyOf200(url, init);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalidAnswer('answered with something else than JSON in UTF-8', error);
  }
}

async function bodyOf200(url: string, init: RequestInit): Promise<Uint8Array> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    if (response.status === 200) return await limitedBody(response);
    await response.body?.cancel();
    throw faultOf(response);
  } catch (error) {
    throw error instanceof UpstreamFault ? error : faultOfError(error);
  }
}

function faultOf({ status, headers }: Response): UpstreamFault {
  // Said to the log alone: no caller can mend this.
  const about = status === 401 ? ': it refuses the credentials of this API' : '';
  return new UpstreamFault(
    NAME,
    faultOfStatus[status] ?? 'invalid_response',
    `${NAME} answered ${status}${about}`,
    {
      retryAfterS: retryAfterS(headers.get('retry-after') ?? undefined),
    },
  );
}

function faultOfError(error: unknown): UpstreamFault {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return new UpstreamFault(NAME, 'timeout', `${NAME} did not answer within ${TIMEOUT_MS} ms`, {
      cause: error,
    });
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && cause.name === 'HTTPParserError')
    return invalidAnswer('does not speak HTTP', error);
  return new UpstreamFault(NAME, 'unreachable', `${NAME} cannot be reached`, { cause: error });
}

async function limitedBody({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw invalidAnswer(`answered more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
