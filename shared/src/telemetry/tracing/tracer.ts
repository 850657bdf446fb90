/** Traces: one for each user call, over all hops (W3C Trace Context). */
import { newSpanId, newTraceId, type TracePosition, tracePosition, traceparent } from './traceparent.ts';

/** How a span ended: a request that was answered, or a call to another service. */
export interface SpanOutcome {
  /** The HTTP status, when there was an answer. */
  status?: number | undefined;
  /** The route that answered, such as `/current_time`; never the path, which a caller can make up. */
  route?: string | undefined;
  /** Why there was no usable answer, as one of a few known words. */
  fault?: string | undefined;
}

/** A call to another service. */
export interface OutgoingCall {
  method: string;
  url: string;
  /** The name of the other service. */
  upstream: string;
}

/** One step of a trace. */
export interface Span {
  readonly traceId: string;
  /** The headers of calls that are made within this step. */
  readonly headers: Record<string, string>;
  /** Notes the clients that act for a user one after the other (RFC 8693 §4.1), the one that calls now first. */
  noteActors(clients: readonly string[]): void;
  /** Begins a step within this one. */
  child(call: OutgoingCall): Span;
  end(outcome: SpanOutcome): void;
}

/** Begins traces, or continues those of callers. */
export interface Tracer {
  /** Begins the span of a request, from its `traceparent` and `tracestate`; each is empty when the caller sent none. */
  begin(request: { method: string; traceparent: string; tracestate: string }): Span;
  /** Resolves when every ended span is sent or given up. */
  flushed(): Promise<void>;
}

/** Passes traces on and records nothing. */
export const passingTracer: Tracer = {
  begin(request) {
    const caller = tracePosition(request.traceparent, request.tracestate);
    const own = { traceId: caller?.traceId ?? newTraceId(), spanId: newSpanId() };
    return new PassedSpan({ ...own, flags: caller?.flags ?? 0, state: caller?.state });
  },
  async flushed() {},
};

class PassedSpan implements Span {
  readonly traceId: string;
  readonly #position: TracePosition;

  constructor(position: TracePosition) {
    this.traceId = position.traceId;
    this.#position = position;
  }

  get headers(): Record<string, string> {
    return traceHeaders(this.#position);
  }

  /** Child spans are not recorded, so the callee gets this span as its parent. */
  child(): Span {
    return this;
  }

  noteActors(): void {}

  end(): void {}
}

/** The headers that hand a position on (§3.2, §3.3). */
export function traceHeaders(position: TracePosition): Record<string, string> {
  const { state } = position;
  return { traceparent: traceparent(position), ...(state !== undefined && { tracestate: state }) };
}
