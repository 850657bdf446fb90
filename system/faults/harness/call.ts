/** Sends one call to the webapp or the API. */
import { type Agent, get, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** How long a call may take, in milliseconds. */
const DEADLINE_MS = 5_000;

/** What the network and this process may add to that, in milliseconds. */
const SLACK_MS = 500;

export interface Call {
  to: 'webapp' | 'resource-server';
  endpoint: 'current_time' | 'epoch_time';
  /** The token of a call of the API, which is always a bad one. Calls of the webapp have none. */
  token?: string | undefined;
}

/** How a call ended. */
export interface Outcome {
  /** When it began and ended, in milliseconds since the epoch. */
  began: number;
  ended: number;
  /** When it began, and how long it took, by a clock that never jumps, in milliseconds. */
  at: number;
  ms: number;
  /** The answer, when one came whole. */
  answer?: Answer;
  /** Why no answer came whole. */
  failure?: 'hung' | string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends a call, and waits for its answer until the deadline. */
export async function send(call: Call, base: string, agent: Agent): Promise<Outcome> {
  const began = Date.now();
  const at = performance.now();
  const result = await exchange(call, base, agent);
  return { began, ended: Date.now(), at, ms: performance.now() - at, ...result };
}

async function exchange(
  { endpoint, token }: Call,
  base: string,
  agent: Agent,
): Promise<{ answer: Answer } | { failure: string }> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), DEADLINE_MS + SLACK_MS);
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return { answer: await answerTo(`${base}/${endpoint}`, headers, agent, late.signal) };
  } catch (error) {
    if (late.signal.aborted) return { failure: 'hung' };
    return { failure: error instanceof Error && 'code' in error ? String(error.code) : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function answerTo(
  url: string,
  headers: Record<string, string>,
  agent: Agent,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent, signal }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    }).on('error', reject);
  });
}
