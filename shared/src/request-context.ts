/** What is known about the request being answered, for every log line and outgoing call made on its behalf. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestContext {
  /** The id that all three services log for one user call. */
  requestId: string;
  /** The client, once it is known. */
  clientId?: string;
  /** The resource owner, once known. */
  user?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with a request context of its own. */
export function withRequestContext<Result>(context: RequestContext, work: () => Result): Result {
  return storage.run(context, work);
}

/** The context of the request being answered; undefined outside one. */
export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Adds what has become known about the request being answered. Does nothing outside a request. */
export function learn(facts: Omit<RequestContext, 'requestId'>): void {
  const context = storage.getStore();
  if (context) Object.assign(context, facts);
}
