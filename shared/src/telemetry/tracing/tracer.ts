/** Traces: one per user call, over all hops (W3C Trace Context). */
import { newSpanId, newTraceId, type TracePosition, tracePosition, traceparent } from './traceparent.ts';

/** What a span is about: a request that is answered, or a call that is made for it. */
export interface SpanOutcome {
  /** The HTTP status, when there was an answer. */
  status?: number | undefined;
  /** The route that answered, such as `/current_time`; never the path, in which anything may be. */
  route?: string | undefined;
  /** Why there was no answer to use, as one of a few known words. */
  fault?: string | undefined;
}

/** A call that is made to another service. */
export interface OutgoingCall {
  method: string;
  url: string;
  /** What the other service is called. */
  upstream: string;
}

/** One step of a trace. */
export interface Span {
  readonly traceId: string;
  /** What calls made within this step have to carry. */
  readonly headers: Record<string, string>;
  /** A step within this one. */
  child(call: OutgoingCall): Span;
  end(outcome: SpanOutcome): void;
}

/** Begins traces, or goes on with those of callers. */
export interface Tracer {
  /** A span for a request, from its `traceparent` and `tracestate`, each empty when the caller sent none. */
  begin(request: { method: string; traceparent: string; tracestate: string }): Span;
  /** Resolves when all that ended is sent, or cannot be. */
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

  /** Nobody would see it, so the callee is told of this span. */
  child(): Span {
    return this;
  }

  end(): void {}
}

/** The headers that hand a position on (§3.2, §3.3). */
export function traceHeaders(position: TracePosition): Record<string, string> {
  const { state } = position;
  return { traceparent: traceparent(position), ...(state !== undefined && { tracestate: state }) };
}
