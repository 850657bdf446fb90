/** The listener of the metrics: what it answers, and what it refuses. */
import { expect, test } from 'vitest';
import { metricsListener } from '../../src/lifecycle/metrics-listener.ts';
import { recordingTelemetry, serve } from '../serve.ts';

const start = () => {
  const telemetry = recordingTelemetry();
  telemetry.metrics.counter({ name: 'calls_total', help: 'Calls.' }).inc();
  return serve(metricsListener(telemetry));
};

test.each(['/metrics', '/metrics?', '/metrics?name[]=calls_total', '/metrics?name%5B%5D=up&name%5B%5D=down'])(
  'it answers %s with the metrics',
  async (target) => {
    const response = await fetch((await start()) + target);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toContain('calls_total 1');
  },
);

test('it answers HEAD with the headers alone', async () => {
  const response = await fetch(`${await start()}/metrics`, { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await response.text()).toBe('');
});

test.each(['POST', 'DELETE', 'OPTIONS'])('it refuses %s, and says what it answers', async (method) => {
  const response = await fetch(`${await start()}/metrics`, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
});

test.each(['/', '/metrics/', '/metricsx', '/?/metrics'])('it has nothing at %s', async (target) => {
  expect((await fetch((await start()) + target)).status).toBe(404);
});
