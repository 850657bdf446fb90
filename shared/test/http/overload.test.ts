/** What a service does when more requests come than it can answer, and when one takes too long. */
import { setTimeout as sleep } from 'node:timers/promises';
import Koa, { type Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { ConcurrencyLimit } from '../../src/http/concurrency-limit.ts';
import { deadlines } from '../../src/http/deadlines.ts';
import { overloadProtection } from '../../src/http/overload.ts';
import { answerProblems } from '../../src/http/problem.ts';
import { trackRequests } from '../../src/http/requests.ts';
import { recordingTelemetry, serve } from '../serve.ts';

/** Starts an app with these steps. */
async function start(steps: (telemetry: ReturnType<typeof recordingTelemetry>) => Middleware[]) {
  const telemetry = recordingTelemetry();
  const app = new Koa();
  for (const step of [
    trackRequests(telemetry, () => undefined),
    answerProblems(telemetry),
    ...steps(telemetry),
  ])
    app.use(step);
  return { base: await serve(app.callback()), metrics: telemetry.metrics, lines: telemetry.lines };
}

/** Starts an app with overload protection around its work. */
function startProtected(work: Middleware) {
  return start((telemetry) => {
    const overload = overloadProtection(telemetry, new AbortController().signal);
    return [overload.refuseEarly(), overload.admit(), work];
  });
}

describe('a service under overload', () => {
  test('answers the requests under way, and refuses the rest at once with 503 and Retry-After', async () => {
    const release = Promise.withResolvers<void>();
    const { base, metrics, lines } = await startProtected(async (ctx) => {
      await release.promise;
      ctx.body = 'answered';
    });
    const calls = Array.from({ length: 96 }, () => fetch(base));
    const refused = (await Promise.race([calls[95], sleep(2_000)])) as Response;
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(refused.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await refused.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Too many requests are under way. Try again later.',
      request_id: refused.headers.get('x-request-id'),
    });
    release.resolve();
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(64);
    expect(await metrics.text()).toContain('http_server_refused_total 32');
    await expect
      .poll(() => lines.filter(({ event }) => event === 'requests.refused'), { timeout: 3_000 })
      .toMatchObject([{ count: 32 }]);
  });
});

describe('the limit of requests under way', () => {
  /** Requests come at a rate, and are answered one after the other, each in a millisecond. */
  function simulate(
    limit: ConcurrencyLimit,
    { perMs, forMs, from = 0 }: { perMs: number; forMs: number; from?: number },
  ) {
    const queue: number[] = [];
    const took: number[] = [];
    let refused = 0;
    let due = 0;
    for (let now = from; now < from + forMs; now += 1) {
      const since = queue.shift();
      if (since !== undefined) {
        took.push(now - since);
        limit.leave(now - since);
      }
      for (due += perMs; due >= 1; due -= 1) {
        if (limit.enter(now)) queue.push(now);
        else refused += 1;
      }
    }
    for (const since of queue) limit.leave(from + forMs - since);
    return { took, refused };
  }

  test('lets everything in while it can be answered', () => {
    const limit = new ConcurrencyLimit();
    expect(simulate(limit, { perMs: 0.9, forMs: 5_000 }).refused).toBe(0);
  });

  test('keeps what is answered fast while twice as much comes', () => {
    const limit = new ConcurrencyLimit();
    simulate(limit, { perMs: 0.2, forMs: 5_000 });
    const { took, refused } = simulate(limit, { perMs: 2, forMs: 10_000, from: 5_000 });
    // What came before the limit was found had to wait.
    const later = took.slice(300).sort((a, b) => a - b);
    expect(later[Math.floor(later.length * 0.99)]).toBeLessThanOrEqual(10);
    expect(refused).toBeGreaterThan(9_000);
    expect(took.length).toBeGreaterThan(9_900);
  });

  test('takes what became slow for another reason for usual after a while', () => {
    const limit = new ConcurrencyLimit();
    for (let now = 0; now < 70; now += 1) limit.enter(now);
    for (let now = 0; now < 64; now += 1) limit.leave(100);
    // Each takes three times as long as is known, however many there are; one comes alone, then five together.
    const refusedIn = (from: number, rounds: number) => {
      let refused = 0;
      for (let now = from; now < from + rounds * 40; now += 40) {
        if (limit.enter(now)) limit.leave(15);
        const together = [1, 2, 3, 4, 5].filter(() => limit.enter(now + 20));
        for (const _ of together) limit.leave(15);
        refused += 5 - together.length;
      }
      return refused;
    };
    expect(refusedIn(1_000, 10)).toBeGreaterThan(10);
    refusedIn(2_000, 1_000);
    expect(refusedIn(42_000, 10)).toBe(0);
  });

  test('is forgotten a second after the last refusal', () => {
    const limit = new ConcurrencyLimit();
    simulate(limit, { perMs: 2, forMs: 1_000 });
    expect(limit.limit).toBeLessThan(20);
    expect(limit.enter(3_000)).toBe(true);
    expect(limit.limit).toBe(64);
  });
});

describe('a request that takes longer than its caller waits', () => {
  const never = () => new Promise<void>(() => {});

  test('is 504 when the longest time for any is over', async () => {
    const { base } = await start(() => [deadlines(100), never]);
    const started = performance.now();
    const response = await fetch(base);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ status: 504, detail: 'There was no answer in time.' });
    expect(performance.now() - started).toBeLessThan(400);
  });

  test('is 504 after the time that the caller gives it', async () => {
    const { base } = await start(() => [deadlines(5_000), never]);
    const started = performance.now();
    expect((await fetch(base, { headers: { 'x-request-timeout-ms': '80' } })).status).toBe(504);
    expect(performance.now() - started).toBeLessThan(400);
  });

  test.each(['60000', '1e9', '-1', 'soon', '99999999'])(
    'does not get more time by asking for %s',
    async (asked) => {
      const { base } = await start(() => [deadlines(100), never]);
      expect((await fetch(base, { headers: { 'x-request-timeout-ms': asked } })).status).toBe(504);
    },
  );

  test('does no harm when it ends after all', async () => {
    const { base } = await start(() => [
      deadlines(50),
      async (ctx) => {
        await sleep(100);
        ctx.body = 'late';
        throw new Error('even later');
      },
    ]);
    expect((await fetch(base)).status).toBe(504);
    await sleep(100);
    expect((await fetch(base)).status).toBe(504);
  });
});
