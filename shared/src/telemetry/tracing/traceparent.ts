/** Reads and writes the `traceparent` and `tracestate` headers of W3C Trace Context. */
import { randomFillSync } from 'node:crypto';

/** A place in a trace. */
export interface TracePosition {
  /** 32 lowercase hex digits, not all zero (§3.2.2.3). */
  traceId: string;
  /** 16 lowercase hex digits, not all zero (§3.2.2.4). */
  spanId: string;
  /** The trace flags (§3.2.2.5): 1 when the trace is sampled. */
  flags: number;
  /** The opaque state of other tracing systems (§3.3), to be passed on. */
  state: string | undefined;
}

/** A `traceparent`. One of a later version may be longer (§4.3). */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The most characters of `tracestate` that are passed on: the least that §3.3.1.5 asks for. */
const MAX_STATE = 512;

/** The caller's position in a trace; undefined when the header is absent or malformed. */
export function tracePosition(traceparent: string, tracestate: string): TracePosition | undefined {
  const [, version, traceId, spanId, flags, more] = traceparent.match(TRACEPARENT) ?? [];
  if (!traceId || !spanId || (version === '00' && more !== undefined)) return undefined;
  const state = tracestate !== '' && tracestate.length <= MAX_STATE ? tracestate : undefined;
  return { traceId, spanId, flags: Number.parseInt(String(flags), 16) & 1, state };
}

/** The position as a header (§3.2). */
export function traceparent({ traceId, spanId, flags }: TracePosition): string {
  return `00-${traceId}-${spanId}-0${flags}`;
}

/** A new trace id: 32 random hex digits. */
export function newTraceId(): string {
  return randomHex(16);
}

/** A new span id: 16 random hex digits. */
export function newSpanId(): string {
  return randomHex(8);
}

/** Random bytes for many ids, fetched together: one fetch costs as much as a hundred ids. */
const pool = Buffer.alloc(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
