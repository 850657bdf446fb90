/** Judges the outcomes of calls. */
import type { Answer, Call, Outcome } from './call.ts';

/** What an outcome is counted as. */
export type Kind =
  /** The right time, in the right form. */
  | 'served'
  /** 401 for a bad token. */
  | 'denied'
  /** A problem answer which says that something is down. */
  | 'unavailable'
  /** No answer, since the connection failed. */
  | 'unreachable'
  /** Anything else: a time for a bad token, a refusal of a good call, a failure of ours, something garbled. */
  | 'wrong'
  /** No answer within the deadline. */
  | 'hung';

export interface Verdict {
  kind: Kind;
  /** What is wrong. */
  why?: string;
}

/** Judges an outcome. Calls of the webapp are good, and the tokens of calls of the API are bad. */
export function judge(call: Call, outcome: Outcome): Verdict {
  const { answer, failure } = outcome;
  if (answer === undefined) {
    return failure === 'hung' ? { kind: 'hung' } : { kind: 'unreachable', why: String(failure) };
  }
  const kind = kindOf(call, outcome, answer);
  if (kind !== undefined) return { kind };
  return { kind: 'wrong', why: `${call.to} /${call.endpoint}: ${described(answer)}` };
}

function kindOf(call: Call, outcome: Outcome, answer: Answer): Kind | undefined {
  if ([502, 503, 504].includes(answer.status)) return isOutage(answer) ? 'unavailable' : undefined;
  if (call.to === 'webapp') return isRightTime(call, outcome, answer) ? 'served' : undefined;
  return isDenial(answer) ? 'denied' : undefined;
}

/** Whether an answer is a time within the call. */
function isRightTime(
  { endpoint }: Call,
  { began, ended }: Outcome,
  { status, headers, body }: Answer,
): boolean {
  if (status !== 200 || !headers['content-type']?.startsWith('application/json')) return false;
  if (endpoint === 'epoch_time') {
    const seconds = Number(body.match(/^\{"epoch_time":(\d+)\}\n$/)?.[1]);
    return seconds >= Math.floor(began / 1000) && seconds <= ended / 1000;
  }
  const [, time] = body.match(/^\{"current_time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"\}\n$/) ?? [];
  const ms = Date.parse(time ?? '');
  return ms >= began && ms <= ended;
}

/** Whether an answer is a problem (RFC 9457) with a request id and no challenge. A 503 must have a `Retry-After`. */
function isOutage(answer: Answer): boolean {
  const { status, headers } = answer;
  if (status === 503 && !/^\d+$/.test(headers['retry-after'] ?? '')) return false;
  return isProblem(answer) && headers['www-authenticate'] === undefined;
}

/** Whether an answer is a refusal of a token (RFC 6750 §3). */
function isDenial(answer: Answer): boolean {
  return (
    answer.status === 401 && isProblem(answer) && /^Bearer /.test(answer.headers['www-authenticate'] ?? '')
  );
}

function isProblem({ status, headers, body }: Answer): boolean {
  if (!headers['content-type']?.startsWith('application/problem+json')) return false;
  try {
    const problem = JSON.parse(body) as Record<string, unknown>;
    return problem.status === status && typeof problem.request_id === 'string';
  } catch {
    return false;
  }
}

function described({ status, headers, body }: Answer): string {
  const retryAfter = headers['retry-after'] ?? 'none';
  return `${status} (Retry-After: ${retryAfter}) ${body.slice(0, 300).trimEnd()}`;
}
