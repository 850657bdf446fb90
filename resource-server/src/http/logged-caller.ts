/** Lets the log line of a request name who makes the call. */
import type { Caller } from 'guard';
import { addRequestFacts } from 'shared/telemetry/request-context.ts';

/** Adds the user and the client of a call to what the log has of its request, as far as they are known. */
export function logCaller({ user, clientId }: Partial<Caller> = {}): void {
  addRequestFacts({ ...(user !== undefined && { user }), ...(clientId !== undefined && { clientId }) });
}
