/** One trace for each user call, over all hops. */
import { json, startUpstream } from 'shared/test/upstream.ts';
import { describe, expect, test } from 'vitest';
import { type ExportedSpan, startCollector } from './otlp-collector.ts';
import { type System, startedSystem } from './system.ts';

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

test('the span of a call that is made for a user on behalf of others names their clients, and no user', async () => {
  const { url, spans } = await startCollector();
  const act = { sub: 'stock-api', act: { sub: 'bob', client_id: 'support', act: { sub: 'orders-api' } } };
  const token = { active: true, sub: 'alice', client_id: 'stock-api', scope: 'current_time', act };
  const aud: string[] = [];
  const { base: issuer } = await startUpstream((...call) => json({ ...token, aud })(...call));
  const system = await startedSystem({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    INTROSPECTION_ENDPOINT: `${issuer}/introspect`,
  });
  aud.push(system.urls.resourceServer);
  const call = await fetch(`${system.urls.resourceServer}/current_time`, {
    headers: { traceparent, authorization: 'Bearer a-token' },
  });
  expect(call.status).toBe(200);
  expect(await system.stop()).toBe(0);
  const span = spans.find(({ traceId, name }) => traceId === TRACE_ID && name === 'GET /current_time');
  expect(span?.attributes['oauth.actors']).toEqual(['stock-api', 'support', 'orders-api']);
  expect(JSON.stringify(spans)).not.toMatch(/alice|bob|a-token/);
  const line = system.lines().find(({ path, event }) => event === 'http.request' && path === '/current_time');
  expect(line).toMatchObject({ user: 'alice', actors: ['stock-api', 'bob', 'orders-api'] });
}, 30_000);

describe('the variables of OpenTelemetry that are documented', { timeout: 30_000 }, () => {
  const untraced = () => fetch(`${system.urls.webapp}/current_time`);
  let system: System;

  /** Starts the system, makes a call, and stops it. */
  async function oneCall(settings: Record<string, string>, call = untraced) {
    system = await startedSystem(settings);
    expect((await call()).status).toBe(200);
    expect(await system.stop()).toBe(0);
  }

  test('are the name of the service, further attributes, headers, and an endpoint for traces alone', async () => {
    const { url, spans, requests } = await startCollector();
    await oneCall({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of-the-collector',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_SERVICE_NAME: 'clock',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=stage',
    });
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['clock']));
    expect(spans[0]?.resource).toMatchObject({ 'deployment.environment.name': 'stage' });
    expect(requests.every((headers) => headers['api-key'] === 'of-the-collector')).toBe(true);
  });

  test.each([
    { OTEL_SDK_DISABLED: 'true' },
    { OTEL_TRACES_SAMPLER: 'always_off' },
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  ])('keep spans from the collector: %j', async (settings) => {
    const { url, spans } = await startCollector();
    await oneCall({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...settings });
    expect(spans).toEqual([]);
  });

  test('let a caller decide, in spite of a ratio', async () => {
    const { url, spans } = await startCollector();
    const settings = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    const traced = () => fetch(`${system.urls.webapp}/current_time`, { headers: { traceparent } });
    await oneCall({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...settings }, traced);
    expect(spans.filter(({ traceId }) => traceId === TRACE_ID)).toHaveLength(7);
  });
});

test('a collector that is down delays nothing', async () => {
  const system = await startedSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect((await fetch(`${system.urls.webapp}/current_time`)).status).toBe(200);
  const stopped = performance.now();
  expect(await system.stop()).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(5_000);
}, 30_000);
