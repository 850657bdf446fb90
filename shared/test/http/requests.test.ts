/** The id and the log line of every request. */
import { describe, expect, test } from 'vitest';
import { addRequestFacts, requestFacts } from '../../src/telemetry/request-context.ts';
import { startApp } from '../app.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

describe('the request id', () => {
  test.each([
    ['of version 00', `00-${TRACE_ID}-${SPAN_ID}-01`],
    ['that is not sampled', `00-${TRACE_ID}-${SPAN_ID}-00`],
    ['of a later version, with more parts', `cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-holds`],
  ])('is the trace id of a traceparent %s', async (_, traceparent) => {
    const { base, lines } = await startApp({});
    const response = await fetch(base, { headers: { traceparent } });
    expect(response.headers.get('x-request-id')).toBe(TRACE_ID);
    expect(lines).toMatchObject([{ event: 'http.request', requestId: TRACE_ID }]);
  });

  test.each([
    ['nothing', ''],
    ['no trace id', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['no span id', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
    ['the forbidden version', `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ['more parts than its version allows', `00-${TRACE_ID}-${SPAN_ID}-01-more`],
    ['another format', '{"a":1234}'],
  ])('is a new one when the traceparent has %s', async (_, traceparent) => {
    const { base, lines } = await startApp({});
    const response = await fetch(base, { headers: { traceparent, 'x-request-id': TRACE_ID } });
    const made = response.headers.get('x-request-id');
    expect(made).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(made).not.toBe(TRACE_ID);
    expect(lines).toMatchObject([{ event: 'http.request', requestId: made }]);
  });

  test('is different for each request', async () => {
    const { base } = await startApp({});
    const responses = await Promise.all([fetch(base), fetch(base), fetch(base)]);
    expect(new Set(responses.map(({ headers }) => headers.get('x-request-id'))).size).toBe(3);
  });
});

describe('the log line', () => {
  test('has method, path, status and duration, and no query', async () => {
    const { base, lines } = await startApp({
      work: (ctx) => {
        ctx.status = 204;
      },
    });
    await fetch(`${base}/some/path?access_token=secret-token`, { method: 'DELETE' });
    expect(lines).toMatchObject([
      { event: 'http.request', method: 'DELETE', path: '/some/path', status: 204, ms: expect.any(Number) },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret-token');
  });

  test('has a path of limited length', async () => {
    const { base, lines } = await startApp({});
    await fetch(`${base}/${'x'.repeat(5_000)}`);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  test('has the status of a failure', async () => {
    const { base, lines } = await startApp({
      work: () => {
        throw new Error('unexpected');
      },
    });
    await fetch(base);
    expect(lines.find(({ event }) => event === 'http.request')).toMatchObject({ status: 500 });
  });

  test('has the client and the user of its own request only', async () => {
    const { base, lines } = await startApp({
      work: async (ctx) => {
        const user = ctx.path.slice(1);
        addRequestFacts({ clientId: 'client', user });
        await new Promise((resolve) => setTimeout(resolve, user === 'first' ? 40 : 10));
        ctx.body = requestFacts();
      },
    });
    await Promise.all(['first', 'second'].map((user) => fetch(`${base}/${user}`)));
    const logged = lines.map(({ path, user, clientId }) => ({ path, user, clientId }));
    expect(logged).toHaveLength(2);
    for (const user of ['first', 'second']) {
      expect(logged).toContainEqual({ path: `/${user}`, user, clientId: 'client' });
    }
  });

  test.each(['/health/live', '/health/ready'])('has the debug level for %s', async (path) => {
    const { base, lines } = await startApp({});
    await fetch(`${base}${path}`);
    await fetch(base);
    // pino's numbers for debug and info.
    expect(lines.map(({ level }) => level)).toEqual([20, 30]);
  });
});

describe('the metrics', () => {
  test('count a request by its route, method and status, and never by its path', async () => {
    const { base, metrics } = await startApp({
      work: (ctx) => {
        ctx.status = 204;
      },
    });
    await fetch(`${base}/health/live`);
    await fetch(`${base}/some/secret-token`, { method: 'DELETE' });
    const text = await metrics.text();
    const counted = (labels: string) => `http_server_request_duration_seconds_count{${labels}} 1`;
    expect(text).toContain(counted('route="/health/live",method="GET",status="200"'));
    expect(text).toContain(counted('route="none",method="DELETE",status="204"'));
    expect(text).not.toContain('secret-token');
    expect(text).toContain('http_server_requests_in_flight 0');
  });

  test('count all unknown methods under one name', async () => {
    const { base, metrics } = await startApp({});
    for (const method of ['PROPFIND', 'REPORT']) await fetch(base, { method });
    const text = await metrics.text();
    expect(text).toContain(
      'http_server_request_duration_seconds_count{route="none",method="other",status="404"} 2',
    );
    expect(text).not.toMatch(/PROPFIND|REPORT/);
  });
});
