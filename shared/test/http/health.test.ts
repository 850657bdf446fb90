/** The health paths. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Upstream } from '../../src/upstream/upstream.ts';
import { startApp } from '../app.ts';
import { freePort, recordingTelemetry, serve } from '../serve.ts';

const up = { name: 'one', check: async () => {} };
const down = { name: 'other', check: () => Promise.reject(new Error('away')) };

test('a service is live whatever its dependencies do', async () => {
  const { base } = await startApp({ dependencies: [down] });
  const response = await fetch(`${base}/health/live`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ status: 'live' });
});

test('a service without dependencies is ready', async () => {
  const { base } = await startApp({});
  const response = await fetch(`${base}/health/ready`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ status: 'ready', dependencies: {} });
});

test('a service is ready when all its dependencies are up', async () => {
  const { base } = await startApp({ dependencies: [up, { ...up, name: 'other' }] });
  const response = await fetch(`${base}/health/ready`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ready', dependencies: { one: 'up', other: 'up' } });
});

test('a service is not ready while a dependency is down, and names it without the cause', async () => {
  const { base } = await startApp({ dependencies: [up, down] });
  const response = await fetch(`${base}/health/ready`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: 'not ready', dependencies: { one: 'up', other: 'down' } });
});

test('a service that is stopping is live but not ready', async () => {
  const stopping = new AbortController();
  const { base } = await startApp({ dependencies: [up], stopping: stopping.signal });
  expect((await fetch(`${base}/health/ready`)).status).toBe(200);
  stopping.abort();
  const response = await fetch(`${base}/health/ready`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ status: 'stopping' });
  expect((await fetch(`${base}/health/live`)).status).toBe(200);
});

test('concurrent probes share one check of a dependency, and a later probe makes a new one', async () => {
  let asked = 0;
  const check = async () => {
    asked += 1;
    await sleep(50);
  };
  const { base } = await startApp({ dependencies: [{ name: 'one', check }] });
  const responses = await Promise.all(Array.from({ length: 10 }, () => fetch(`${base}/health/ready`)));
  expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(asked).toBe(1);
  await fetch(`${base}/health/ready`);
  expect(asked).toBe(2);
});

test('HEAD answers like GET', async () => {
  const { base } = await startApp({ dependencies: [down] });
  expect((await fetch(`${base}/health/live`, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${base}/health/ready`, { method: 'HEAD' })).status).toBe(503);
});

describe('an upstream as a dependency', () => {
  test.each([200, 404])('is up when it answers %i', async (status) => {
    const paths: unknown[] = [];
    const upstream = await serve((req, res) => {
      paths.push(req.url);
      res.writeHead(status).end();
    });
    const dependency = new Upstream('upstream', 1_000, recordingTelemetry()).dependency(
      `${upstream}/some/endpoint`,
    );
    const { base } = await startApp({ dependencies: [dependency] });
    expect((await fetch(`${base}/health/ready`)).status).toBe(200);
    expect(paths).toEqual(['/health/live']);
  });

  test('is down when it answers 503 or not at all', async () => {
    const upstream = await serve((_, res) => res.writeHead(503).end());
    const dependencies = [
      new Upstream('failing', 1_000, recordingTelemetry()).dependency(upstream),
      new Upstream('absent', 1_000, recordingTelemetry()).dependency(
        `http://127.0.0.1:${await freePort()}/token`,
      ),
    ];
    const { base } = await startApp({ dependencies });
    const response = await fetch(`${base}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ dependencies: { failing: 'down', absent: 'down' } });
  });
});
