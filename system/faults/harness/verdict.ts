/** What a call's outcome is counted as. */
import type { Answer, Call, Outcome } from './call.ts';

export type Kind =
  /** The right time, in the right form. */
  | 'served'
  /** 401 to a token that is no good. */
  | 'denied'
  /** A problem answer that says that something is down. */
  | 'unavailable'
  /** No answer, since there was no whole connection. */
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

/** Judges an outcome. A call of the webapp is good; none of the tokens that are brought to the API is. */
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

/** Whether it is the time while the call lasted. */
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

/** RFC 9457, with our request id, and nothing that reads like a refusal. A 503 says when to try again. */
function isOutage(answer: Answer): boolean {
  const { status, headers } = answer;
  if (status === 503 && !/^\d+$/.test(headers['retry-after'] ?? '')) return false;
  return isProblem(answer) && headers['www-authenticate'] === undefined;
}

/** RFC 6750 §3. */
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
