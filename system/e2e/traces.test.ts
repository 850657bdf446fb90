/** One trace for each user call, over all hops. */
import { expect, test } from 'vitest';
import { type ExportedSpan, startCollector } from './otlp-collector.ts';
import { startedSystem } from './system.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE_ID}-${CALLER}-01`;

test("a caller's trace id is the request id of the answer and of every log line of all three services", async () => {
  const system = await startedSystem();
  const response = await fetch(`${system.urls.webapp}/current_time`, { headers: { traceparent } });
  expect(response.headers.get('x-request-id')).toBe(TRACE_ID);
  await system.stop();
  const lines = system.lines().filter(({ requestId }) => requestId === TRACE_ID);
  const requests = lines.filter(({ event }) => event === 'http.request');
  // In any order, since each service writes its lines at its own time.
  expect(requests.map(({ service, path }) => `${service} ${path}`).sort()).toEqual([
    'auth-server /introspect',
    'auth-server /token',
    'resource-server /current_time',
    'webapp /current_time',
  ]);
  expect(lines.map(({ event }) => event)).toContain('token.issued');
}, 30_000);

test('spans of all hops are exported, each within the one that caused it, and without secrets', async () => {
  const { url, spans } = await startCollector();
  const system = await startedSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
  await fetch(`${system.urls.webapp}/current_time`, {
    headers: { traceparent, authorization: `Basic ${btoa('alice:secret-password')}` },
  });
  expect(await system.stop()).toBe(0);
  const trace = spans.filter(({ traceId }) => traceId === TRACE_ID);
  const called = (span: ExportedSpan): string[] => [
    `${span.service}: ${span.name}`,
    ...trace
      .filter(({ parentId }) => parentId === span.spanId)
      .flatMap(called)
      .map((name) => `  ${name}`),
  ];
  const tree = trace.filter(({ parentId }) => parentId === CALLER).flatMap(called);
  expect(tree).toEqual([
    'webapp: GET /current_time',
    '  webapp: POST /token',
    '    auth-server: POST token',
    '  webapp: GET /current_time',
    '    resource-server: GET /current_time',
    '      resource-server: POST /introspect',
    '        auth-server: POST introspection',
  ]);
  expect(trace.find(({ name }) => name === 'POST token')?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': 'token',
    'http.response.status_code': 200,
  });
  expect(JSON.stringify(spans)).not.toMatch(/secret-password|alice|qwerty|eyJ/);
}, 30_000);

test('a collector that is down delays nothing', async () => {
  const system = await startedSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect((await fetch(`${system.urls.webapp}/current_time`)).status).toBe(200);
  const stopped = performance.now();
  expect(await system.stop()).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(5_000);
}, 30_000);
