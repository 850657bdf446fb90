/**
 * Fetches one key set of another issuer. There are as many of their hosts as operators register, so none has an upstream with metrics
 * and a breaker of its own; and a stranger's host gets none of the headers that our services send each other.
 */
import { UpstreamFault } from 'shared/upstream/fault.ts';
import { z } from 'zod';

/** The longest that a fetch may take, from connecting to the last byte, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** The largest answer, in bytes. */
const MAX_BYTES = 64 * 1024;

/** How long keys are kept, in milliseconds: as long as the answer says, but no longer and no shorter than this. */
const MAX_AGE_MS = { default: 600_000, least: 60_000, most: 3_600_000 };

/** What callers are told that the host is. */
const NAME = 'key server of the issuer';

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** A key of the set. */
export type PublicJwk = Record<string, unknown> & { kty: string };

/** The keys of an issuer, and how long they may be kept. */
export interface KeySet {
  keys: readonly PublicJwk[];
  maxAgeMs: number;
}

/** It rejects with an `UpstreamFault`: of a host that is down or too slow, or of an answer that is no key set. */
export async function fetchKeySet(url: string): Promise<KeySet> {
  const { status, headers, text } = await answerOf(url);
  if (status === 503 || status === 504)
    throw new UpstreamFault(NAME, status === 503 ? 'unavailable' : 'timeout', `${url} answered ${status}`);
  if (status !== 200) throw nonsense(`${url} answered ${status} instead of its keys`);
  const { data, error } = keySet.safeParse(jsonOf(text));
  if (data === undefined) throw nonsense(`${url} answered with no key set`, error);
  return { keys: data.keys, maxAgeMs: maxAgeOf(headers.get('cache-control')) };
}

async function answerOf(url: string) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    // A redirect could lead to a host that nobody has registered.
    const response = await fetch(url, { signal, headers, redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await bounded(response, url) };
  } catch (cause) {
    if (cause instanceof UpstreamFault) throw cause;
    if (signal.aborted)
      throw new UpstreamFault(NAME, 'timeout', `${url} did not answer within ${TIMEOUT_MS} ms`, { cause });
    throw new UpstreamFault(NAME, 'unreachable', `${url} cannot be reached`, { cause });
  }
}

async function bounded({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw nonsense(`${url} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

/** The time of `max-age` (RFC 9111 §5.2.2.1), within bounds. */
function maxAgeOf(cacheControl: string | null): number {
  const [, seconds] = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(cacheControl ?? '') ?? [];
  const asked = seconds === undefined ? MAX_AGE_MS.default : Number(seconds) * 1_000;
  return Math.min(MAX_AGE_MS.most, Math.max(MAX_AGE_MS.least, asked));
}

function nonsense(message: string, cause?: unknown): UpstreamFault {
  return new UpstreamFault(NAME, 'invalid_response', message, { cause });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
