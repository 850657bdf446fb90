/** Lets introspections of one token that come at the same time share one call of the authorization server. */
import { remainingMs } from 'shared/upstream/deadline.ts';
import type { Introspect, Introspection } from '../core/authorization.ts';

/**
 * How long after its start a call may be joined, in milliseconds. It says what was true when it was answered, so this
 * bounds how much later a token may have been revoked.
 */
const JOINABLE_MS = 100;

interface Call {
  answer: Promise<Introspection>;
  startedAt: number;
  /** When the one who made it stops waiting, on the clock of `startedAt`. */
  endsAt: number;
}

/** Nothing is kept: a call that has ended, with an answer or a fault, is shared with nobody. */
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

/** A call that just began, and not that of a caller in a hurry, who would cut it short for all. */
function mayJoin({ startedAt, endsAt }: Call, now: number, neededUntil: number): boolean {
  return now - startedAt <= JOINABLE_MS && neededUntil <= endsAt + JOINABLE_MS;
}
