/** Makes the doctor's HTTP requests, bounded in time and size. A missing answer is a finding, not an error. */

/** How long one request may take, to the last byte of its answer, in milliseconds. */
const TIMEOUT_MS = 3_000;

/** The largest answer, in bytes. */
const MAX_BYTES = 64 * 1024;

/** An answer that came whole. */
export interface Answer {
  status: number;
  headers: Headers;
  body: string;
  /** When the request was sent and when the headers came, by this machine's clock, in milliseconds since the epoch. */
  askedAt: number;
  answeredAt: number;
}

/** No answer, or none that is usable. */
export interface NoAnswer {
  /** Why, as the end of a sentence. */
  unreachable: string;
}

export type Reply = Answer | NoAnswer;

/** Makes a request, which is a POST when it has a form. Redirects are not followed. */
export type Ask = (
  url: string,
  request?: { headers?: Record<string, string>; form?: Record<string, string> },
) => Promise<Reply>;

/** Makes requests until the end of the whole run. */
export function asker(end: AbortSignal): Ask {
  return async function ask(url, { headers, form } = {}) {
    const askedAt = Date.now();
    try {
      const response = await fetch(url, {
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
        headers: { accept: 'application/json', 'user-agent': 'time-chain-doctor', ...headers },
        redirect: 'manual',
        signal: AbortSignal.any([end, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const answeredAt = Date.now();
      const { status, headers: answered } = response;
      return { status, headers: answered, body: await textOf(response), askedAt, answeredAt };
    } catch (error) {
      return { unreachable: end.aborted ? 'the time for the whole run is over' : reasonOf(error) };
    }
  };
}

/** The JSON of an answer; undefined when there is no answer or no JSON in it. */
export function jsonOf(reply: Reply): unknown {
  if ('unreachable' in reply) return undefined;
  try {
    return JSON.parse(reply.body);
  } catch {
    return undefined;
  }
}

/** Says what came instead of the expected answer. */
export function statusOf(reply: Reply): string {
  return 'unreachable' in reply ? `no answer (${reply.unreachable})` : `it answers ${reply.status}`;
}

class TooLarge extends Error {}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (error instanceof TooLarge) return `its answer holds more than ${MAX_BYTES} bytes`;
  const { name, code, message } = causeOf(error);
  if (name === 'TimeoutError') return `not within ${TIMEOUT_MS / 1_000} s`;
  if (name === 'HTTPParserError') return 'it does not speak HTTP';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known here';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'it cannot be reached from here';
  if (/CERT|SIGNATURE/.test(code))
    return `its certificate is not accepted (${code}); see NODE_EXTRA_CA_CERTS`;
  if (/SSL|EPROTO/.test(code)) return 'it does not speak TLS';
  return `the connection fails (${code || message})`;
}

/** The error of the connection, which fetch wraps in one of its own. */
function causeOf(error: unknown): { name: string; code: string; message: string } {
  const { cause = error } = error as Error;
  const { name, message, code } = cause as NodeJS.ErrnoException;
  return { name, message, code: String(code ?? '') };
}
