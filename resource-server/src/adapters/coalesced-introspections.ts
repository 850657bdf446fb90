/** Lets concurrent introspections of one token share one call of the authorization server. */
import type { Introspect, Introspection } from 'guard';
import { remainingMs } from 'shared/upstream/deadline.ts';

/**
 * How long after its start a call may be joined, in milliseconds. This bounds for how long after its revocation a token
 * can still be accepted.
 */
const JOINABLE_MS = 100;

interface Call {
  answer: Promise<Introspection>;
  startedAt: number;
  /** When its caller stops waiting, on the clock of `startedAt`. */
  endsAt: number;
}

/** Wraps an introspection port. Answers are not cached: a call that has ended is never shared. */
export function coalescedIntrospections(introspect: Introspect): Introspect {
  const underWay = new Map<string, Call>();
  return function introspectTogether(token) {
    const now = performance.now();
    const endsAt = now + remainingMs();
    const current = underWay.get(token);
    if (current && mayJoin(current, now, endsAt)) return current.answer;
    const call = { answer: introspect(token), startedAt: now, endsAt };
    underWay.set(token, call);
    const forget = () => {
      if (underWay.get(token) === call) underWay.delete(token);
    };
    call.answer.then(forget, forget);
    return call.answer;
  };
}

/** Whether a call began recently enough, and its own deadline is not much shorter than the one that joins needs. */
function mayJoin({ startedAt, endsAt }: Call, now: number, neededUntil: number): boolean {
  return now - startedAt <= JOINABLE_MS && neededUntil <= endsAt + JOINABLE_MS;
}
