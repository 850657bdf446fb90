/** The `traceparent` and `tracestate` headers of W3C Trace Context: reading them, and making new ones. */
import { randomFillSync } from 'node:crypto';

/** A place in a trace. */
export interface TracePosition {
  /** 32 lowercase hex digits, not all zero (§3.2.2.3). */
  traceId: string;
  /** 16 lowercase hex digits, not all zero (§3.2.2.4). */
  spanId: string;
  /** The trace flags (§3.2.2.5): 1 when the trace is sampled. */
  flags: number;
  /** What other tracing systems passed on (§3.3); not ours to read. */
  state: string | undefined;
}

/** A version that we do not know may be longer (§4.3). */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** §3.3.1.5: what must at least be passed on. */
const MAX_STATE = 512;

/** The position that a caller hands on; undefined when there is none that is well formed. */
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

export function newTraceId(): string {
  return randomHex(16);
}

export function newSpanId(): string {
  return randomHex(8);
}

/** Random bytes are fetched for many ids at a time, since each fetch costs as much as a hundred ids. */
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
