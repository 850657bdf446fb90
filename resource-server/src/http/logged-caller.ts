/** Lets the log line and the trace of a request name who makes the call. */
import type { Caller } from 'guard';
import { addRequestFacts, requestContext } from 'shared/telemetry/request-context.ts';
import { clientOf, nameOf } from './actor-names.ts';

/**
 * Adds what is known of the caller: to the log the user, the client and those who act for the user, to the trace only the
 * clients that act, since it names no users.
 */
export function logCaller({ user, clientId, actors = [] }: Partial<Caller> = {}): void {
  addRequestFacts({
    ...(user !== undefined && { user }),
    ...(clientId !== undefined && { clientId }),
    ...(actors.length > 0 && { actors: actors.map(nameOf) }),
  });
  if (actors.length > 0) requestContext()?.span.noteActors(actors.map(clientOf));
}
