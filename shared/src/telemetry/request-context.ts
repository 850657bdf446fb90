/** What is known about the request being answered, for all that is done on its behalf. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from './tracing/tracer.ts';

/** What every log line of a request says. */
export interface RequestFacts {
  /** The trace id, by which all that is done for one user call is found. */
  requestId: string;
  /** The client, once it is known. */
  clientId?: string;
  /** The resource owner, once known. */
  user?: string;
}

export interface RequestContext {
  facts: RequestFacts;
  span: Span;
  /** When the caller stops waiting, by `performance.now()`, in milliseconds. */
  deadline: number;
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

/** What is known of the request being answered; undefined outside one. */
export function requestFacts(): RequestFacts | undefined {
  return storage.getStore()?.facts;
}

/** The id of the request being answered; undefined outside one. */
export function requestId(): string | undefined {
  return storage.getStore()?.facts.requestId;
}

/** Adds what has become known about the request being answered. Does nothing outside a request. */
export function addRequestFacts(facts: Omit<RequestFacts, 'requestId'>): void {
  const context = storage.getStore();
  if (context) Object.assign(context.facts, facts);
}
