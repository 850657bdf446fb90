/** Calls the authorization server. An outage of it is an `UpstreamFault`. */
import { UpstreamFault } from 'shared/upstream/fault.ts';

const NAME = 'auth server';

/** How long a call may take, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** The largest answer, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** An answer that cannot be used; `what` completes the sentence "The auth server …" for the log. */
export function invalidAnswer(what: string, cause?: unknown): UpstreamFault {
  return new UpstreamFault(NAME, 'invalid_response', `${NAME} ${what}`, { cause });
}

/**
 * Sends a request, and resolves with the JSON of a 200.
 *
 * @throws {UpstreamFault} when there is no such answer
 */
export async function jsonFrom(url: string, init: RequestInit = {}): Promise<unknown> {
  const { status, text } = await exchange(url, init);
  if (status === 503 || status === 504)
    throw new UpstreamFault(NAME, status === 503 ? 'unavailable' : 'timeout', `${NAME} answered ${status}`);
  if (status !== 200) throw invalidAnswer(`answered ${status}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidAnswer('answered with something else than JSON', error);
  }
}

async function exchange(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await textOf(response) };
  } catch (error) {
    if (error instanceof UpstreamFault) throw error;
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new UpstreamFault(NAME, 'timeout', `${NAME} did not answer within ${TIMEOUT_MS} ms`, {
        cause: error,
      });
    throw new UpstreamFault(NAME, 'unreachable', `${NAME} cannot be reached`, { cause: error });
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw invalidAnswer(`answered more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
