/** How a service calls another one that is in trouble: when it repeats, when it gives up, and what it logs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withRequestContext } from '../../src/telemetry/request-context.ts';
import { passingTracer } from '../../src/telemetry/tracing/tracer.ts';
import type { FaultKind } from '../../src/upstream/fault.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { freePort, recordingTelemetry } from '../serve.ts';
import { type Answer, startUpstream } from '../upstream.ts';

const TIMEOUT_MS = 300;

/** Starts an upstream with this answer, and returns functions that call it. */
async function callsOf(answer: Answer, timeoutMs = TIMEOUT_MS) {
  const { base, received } = await startUpstream(answer);
  return { ...callsAt(base, timeoutMs), received };
}

function callsAt(base: string, timeoutMs = TIMEOUT_MS) {
  const { lines, ...telemetry } = recordingTelemetry();
  const upstream = new Upstream('upstream', timeoutMs, telemetry);
  const send = (repeatable = true) => upstream.send({ url: `${base}/`, repeatable });
  /** How a call ends: the status of its answer, or the kind of its fault. */
  const outcome = async (repeatable = true): Promise<number | FaultKind> => {
    try {
      return (await send(repeatable)).status;
    } catch (error) {
      return (error as { kind: FaultKind }).kind;
    }
  };
  return { send, outcome, lines, metrics: telemetry.metrics };
}

/** Answers the first requests with these answers, and all later ones with 200. */
function first(...answers: Answer[]): Answer {
  return (request, res) => (answers.shift() ?? ok)(request, res);
}

const ok: Answer = (_, res) => void res.end('{}');
const reset: Answer = (_, res) => void res.socket?.resetAndDestroy();
const silent: Answer = () => {};
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, res) =>
    void res.writeHead(code, headers).end();

/** Runs work for a caller that waits `ms` milliseconds. */
function within<Result>(ms: number, work: () => Result): Result {
  const span = passingTracer.begin({ method: 'GET', traceparent: '', tracestate: '' });
  const context = { facts: { requestId: span.traceId }, span, deadline: performance.now() + ms };
  return withRequestContext(context, work);
}

describe('a call that may happen twice is made once more', () => {
  test.each<[string, Answer]>([
    ['a reset before the answer', reset],
    ['502', status(502)],
    ['503', status(503)],
    ['504', status(504)],
    ['503 with Retry-After: 0', status(503, { 'retry-after': '0' })],
    [
      'an answer that is cut off',
      (_, res) => void res.writeHead(200, { 'content-length': 9 }).write('x', () => res.destroy()),
    ],
  ])('after %s', async (_, answer) => {
    const { outcome, received, metrics } = await callsOf(first(answer));
    expect(await outcome()).toBe(200);
    expect(received).toHaveLength(2);
    expect(await metrics.text()).toContain('upstream_retries_total{upstream="upstream"} 1');
  });

  test('and only once', async () => {
    const { outcome, received } = await callsOf(status(503));
    expect(await outcome()).toBe('unavailable');
    expect(received).toHaveLength(2);
  });
});

describe('a call is not repeated', () => {
  test.each<[string, Answer, FaultKind | number]>([
    ['after 500', status(500), 'invalid_response'],
    ['after a refusal', status(401), 401],
    ['after 503 with Retry-After: 1', status(503, { 'retry-after': '1' }), 'unavailable'],
    [
      'after 503 that names a time',
      status(503, { 'retry-after': new Date(Date.now() + 5_000).toUTCString() }),
      'unavailable',
    ],
    ['when there was no answer in time', silent, 'timeout'],
  ])('%s', async (_, answer, expected) => {
    const { outcome, received } = await callsOf(answer);
    expect(await outcome()).toBe(expected);
    expect(received).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ['a reset before the answer', reset],
    ['503', status(503)],
  ])('when it must not happen twice, after %s', async (_, answer) => {
    const { outcome, received } = await callsOf(answer);
    await outcome(false);
    expect(received).toHaveLength(1);
  });

  test('when its caller does not wait long enough for a repeat', async () => {
    const { outcome, received } = await callsOf(status(503));
    await within(35, () => outcome());
    expect(received).toHaveLength(1);
  });
});

test('a call that never arrived is repeated even if it must not happen twice', async () => {
  const { outcome, metrics } = callsAt(`http://127.0.0.1:${await freePort()}`);
  expect(await outcome(false)).toBe('unreachable');
  expect(await metrics.text()).toContain('upstream_retries_total{upstream="upstream"} 1');
});

test('repeats add a tenth to the load, after the first ten', async () => {
  const { outcome, received } = await callsOf(status(503));
  for (let call = 0; call < 60; call += 1) await outcome();
  expect(received.length).toBeGreaterThan(60 + 10);
  expect(received.length).toBeLessThanOrEqual(60 + 10 + 6 + 1);
});

test('the fault of an upstream that asks callers to wait says for how long', async () => {
  const { send } = await callsOf(status(503, { 'retry-after': '7' }));
  await expect(send()).rejects.toMatchObject({ kind: 'unavailable', retryAfterS: 7 });
});

describe('the time that a caller waits', () => {
  test('bounds the call, and is passed on', async () => {
    const { outcome, received } = await callsOf(silent, 2_000);
    const started = performance.now();
    expect(await within(200, () => outcome())).toBe('deadline_exceeded');
    expect(performance.now() - started).toBeLessThan(400);
    expect(Number(received[0]?.headers['x-request-timeout-ms'])).toBeGreaterThan(100);
    expect(Number(received[0]?.headers['x-request-timeout-ms'])).toBeLessThan(200);
  });

  test('may be over before the call, which is then not made', async () => {
    const { outcome, received } = await callsOf(ok);
    expect(await within(0, () => outcome())).toBe('deadline_exceeded');
    expect(received).toHaveLength(0);
  });

  test('is passed on as no more than the call itself may take', async () => {
    const { outcome, received } = await callsOf(ok);
    await within(60_000, () => outcome());
    expect(received[0]?.headers['x-request-timeout-ms']).toBe(String(TIMEOUT_MS));
  });
});

describe('an upstream that does not answer', () => {
  test('is not called any more after five calls, and the log says so', async () => {
    const { outcome, received, lines, metrics } = await callsOf(silent, 50);
    for (let call = 0; call < 5; call += 1) expect(await outcome()).toBe('timeout');
    const started = performance.now();
    expect(await outcome()).toBe('unavailable');
    expect(performance.now() - started).toBeLessThan(20);
    expect(received).toHaveLength(5);
    expect(lines).toMatchObject([{ event: 'upstream.down', upstream: 'upstream' }]);
    expect(await metrics.text()).toContain('upstream_breaker_state{upstream="upstream"} 1');
  });

  test('gets one trial call after half a second while all others are refused, and is up when that is answered', async () => {
    let awake = false;
    const { outcome, received, lines } = await callsOf(
      (request, res) => void (awake && setTimeout(() => ok(request, res), 20)),
      50,
    );
    for (let call = 0; call < 5; call += 1) await outcome();
    awake = true;
    await sleep(550);
    expect(await Promise.all([outcome(), outcome(), outcome()])).toEqual([200, 'unavailable', 'unavailable']);
    expect(received).toHaveLength(6);
    expect(await outcome()).toBe(200);
    expect(lines.map(({ event }) => event)).toEqual(['upstream.down', 'upstream.up']);
  });

  test('does not count as down when its callers had short deadlines', async () => {
    const { outcome, lines } = await callsOf((request, res) => void setTimeout(() => ok(request, res), 100));
    for (let call = 0; call < 8; call += 1)
      expect(await within(50, () => outcome())).toBe('deadline_exceeded');
    expect(await outcome()).toBe(200);
    expect(lines).toEqual([]);
  });
});

test('an answer with bytes that are not UTF-8 is an invalid_response', async () => {
  const { outcome } = await callsOf((_, res) => void res.end(Buffer.from('7b22e164223a317d', 'hex')));
  expect(await outcome()).toBe('invalid_response');
});

test('an upstream that answers, however badly, does not count as down', async () => {
  const { outcome, lines } = await callsOf(status(500));
  for (let call = 0; call < 12; call += 1) expect(await outcome()).toBe('invalid_response');
  expect(lines).toEqual([]);
});

test('64 calls may be under way and 64 more may wait; the next is refused at once', async () => {
  const waiting: (() => void)[] = [];
  const { outcome, received, metrics } = await callsOf(
    (request, res) => void waiting.push(() => ok(request, res)),
    5_000,
  );
  const calls = Array.from({ length: 128 }, () => outcome());
  await expect.poll(() => received.length).toBe(64);
  const started = performance.now();
  expect(await outcome()).toBe('busy');
  expect(performance.now() - started).toBeLessThan(50);
  const text = await metrics.text();
  expect(text).toContain('upstream_calls_in_flight{upstream="upstream"} 64');
  expect(text).toContain('upstream_calls_waiting{upstream="upstream"} 64');
  for (let answered = 0; answered < 128; answered += 1) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    waiting.shift()?.();
  }
  expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
});

test('the trace is passed on with the call, with the state of other tracing systems', async () => {
  const { outcome, received } = await callsOf(ok);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const span = passingTracer.begin({
    method: 'GET',
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    tracestate: 'vendor=opaque',
  });
  const context = { facts: { requestId: traceId }, span, deadline: Number.POSITIVE_INFINITY };
  await withRequestContext(context, () => outcome());
  expect(received[0]?.headers.traceparent).toMatch(
    new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
  );
  expect(received[0]?.headers.tracestate).toBe('vendor=opaque');
});

test('calls are counted by how they ended', async () => {
  const { outcome, metrics } = await callsOf(first(status(200), status(500)));
  for (let call = 0; call < 3; call += 1) await outcome();
  const text = await metrics.text();
  const count = 'upstream_request_duration_seconds_count';
  expect(text).toContain(`${count}{upstream="upstream",outcome="answered"} 2`);
  expect(text).toContain(`${count}{upstream="upstream",outcome="invalid_response"} 1`);
});

test('connecting may take a second, even when the call may take longer', async () => {
  const { outcome, lines } = callsAt(await deafServer(), 5_000);
  const started = performance.now();
  expect(await outcome(false)).toBe('unreachable');
  const took = performance.now() - started;
  // Two seconds: a call that never arrived is repeated.
  expect(took).toBeGreaterThan(1_900);
  expect(took).toBeLessThan(3_000);
  expect(lines).toEqual([]);
});

/** The URL of a server that accepts no connection: its process is stopped, and its queue is full. */
async function deafServer(): Promise<string> {
  const listening =
    "require('net').createServer().listen({host:'127.0.0.1',port:0,backlog:1},function(){console.log(this.address().port)})";
  const child = spawn(process.execPath, ['-e', listening], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await once(child.stdout, 'data'));
  child.kill('SIGSTOP');
  const others = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  onTestFinished(() => {
    for (const socket of others) socket.destroy();
    child.kill('SIGKILL');
  });
  await sleep(200);
  return `http://127.0.0.1:${port}`;
}
