/** Exports spans over OTLP with the OpenTelemetry SDK. Loaded only when the settings ask: it costs memory and time. */
import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  type Tracer as SdkTracer,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type TracePosition, tracePosition } from './traceparent.ts';
import { type OutgoingCall, type Span, type SpanOutcome, type Tracer, traceHeaders } from './tracer.ts';

/** How long an export may take, in milliseconds, unless the environment says it; spans wait in a queue of 2,048 and are dropped when it is full. */
const EXPORT_TIMEOUT_MS = 5_000;

/** How long exporting the last spans may take when the service ends, in milliseconds. */
const FLUSH_TIMEOUT_MS = 1_500;

/**
 * A tracer that exports to `OTEL_EXPORTER_OTLP_ENDPOINT`. The SDK itself reads this and the other
 * `OTEL_EXPORTER_OTLP_` variables, and `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.
 *
 * @param sampler which traces are recorded: `OTEL_TRACES_SAMPLER` and its argument
 */
export function otlpTracer(service: string, sampler: { name: string; ratio: number }): Tracer {
  const timeoutMillis = exportTimeout();
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(sampler),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ timeoutMillis }),
        exportTimeoutMillis: timeoutMillis,
      }),
    ],
  });
  const tracer = provider.getTracer('time-chain');
  return {
    begin({ method, traceparent, tracestate }) {
      const caller = tracePosition(traceparent, tracestate);
      const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, spanContextOf(caller)) : ROOT_CONTEXT;
      const attributes = { 'http.request.method': method };
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
      return new RecordedSpan(tracer, span, method, parent, caller?.state);
    },
    async flushed() {
      await provider.forceFlush({ timeoutMillis: FLUSH_TIMEOUT_MS }).catch(() => {});
    },
  };
}

/** What the environment says, or else our own: the processor has a timeout beside that of the exporter. */
function exportTimeout(): number {
  const { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: ofTraces, OTEL_EXPORTER_OTLP_TIMEOUT: ofAll } = process.env;
  const given = Number(ofTraces || ofAll);
  return given > 0 ? given : EXPORT_TIMEOUT_MS;
}

function samplerOf({ name, ratio }: { name: string; ratio: number }): Sampler {
  const root = rootSampler(name.replace('parentbased_', ''), ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
}

function spanContextOf({ traceId, spanId, flags }: TracePosition): SpanContext {
  return { traceId, spanId, traceFlags: flags, isRemote: true };
}

class RecordedSpan implements Span {
  readonly #tracer: SdkTracer;
  readonly #span: SdkSpan;
  readonly #method: string;
  readonly #parent: Context;
  readonly #state: string | undefined;

  constructor(tracer: SdkTracer, span: SdkSpan, method: string, parent: Context, state: string | undefined) {
    this.#tracer = tracer;
    this.#span = span;
    this.#method = method;
    this.#parent = parent;
    this.#state = state;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get headers(): Record<string, string> {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return traceHeaders({ traceId, spanId, flags: traceFlags & 1, state: this.#state });
  }

  child({ method, url, upstream }: OutgoingCall): Span {
    const { hostname, port, origin, pathname } = new URL(url);
    const attributes = {
      'http.request.method': method,
      'server.address': hostname,
      ...(port !== '' && { 'server.port': Number(port) }),
      // Without the query, which may hold secrets.
      'url.full': origin + pathname,
      'peer.service': upstream,
    };
    const parent = trace.setSpan(this.#parent, this.#span);
    const span = this.#tracer.startSpan(
      `${method} ${pathname}`,
      { kind: SpanKind.CLIENT, attributes },
      parent,
    );
    return new RecordedSpan(this.#tracer, span, method, parent, this.#state);
  }

  noteActors(clients: readonly string[]): void {
    this.#span.setAttribute('oauth.actors', [...clients]);
  }

  end({ status, route, fault }: SpanOutcome): void {
    if (route !== undefined) {
      this.#span.updateName(`${this.#method} ${route}`);
      this.#span.setAttribute('http.route', route);
    }
    if (status !== undefined) this.#span.setAttribute('http.response.status_code', status);
    if (fault !== undefined) this.#span.setAttribute('error.type', fault);
    if (fault !== undefined || (status !== undefined && status >= 500)) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}
