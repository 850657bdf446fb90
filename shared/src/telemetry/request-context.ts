/** What is known about the current request, available to all work that is done for it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from './tracing/tracer.ts';

/** What every log line of a request says. */
export interface RequestFacts {
  /** The trace id, under which every service logs its part of one call. */
  requestId: string;
  /** The client, once it is known. */
  clientId?: string;
  /** The resource owner, once known. */
  user?: string;
  /** Who acts for the resource owner (RFC 8693 §4.1), the one that calls now first; left out when nobody does. */
  actors?: readonly string[];
}

/** The context of one request. */
export interface RequestContext {
  facts: RequestFacts;
  span: Span;
  /** When the caller stops waiting, in milliseconds of `performance.now()`. */
  deadline: number;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with a request context of its own. */
export function withRequestContext<Result>(context: RequestContext, work: () => Result): Result {
  return storage.run(context, work);
}

/**
 * Runs work that is not done for the current request, though it begins in it: what goes on afterwards, for others, must not
 * log the request's facts.
 */
export function outsideRequests<Result>(work: () => Result): Result {
  return storage.exit(work);
}

/** The context of the current request; undefined outside one. */
export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** What is known about the current request; undefined outside one. */
export function requestFacts(): RequestFacts | undefined {
  return storage.getStore()?.facts;
}

/** The id of the current request; undefined outside one. */
export function requestId(): string | undefined {
  return storage.getStore()?.facts.requestId;
}

/** Adds what has become known about the current request. Does nothing outside one. */
export function addRequestFacts(facts: Omit<RequestFacts, 'requestId'>): void {
  const context = storage.getStore();
  if (context) Object.assign(context.facts, facts);
}
