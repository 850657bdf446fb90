/** How a service runs and ends, tested as a real process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { freePort, serve } from '../serve.ts';
import { logOf, spawnService, startService } from './child-service.ts';

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
  test('the service ends with exit code 0 and says so', async () => {
    const { base, child, ended } = await startService();
    // Leaves an idle connection open, which must not keep the service from ending.
    await (await fetch(base)).text();
    child.kill(signal);
    // A terminal and a supervisor may both send a signal.
    await sleep(5);
    child.kill(signal);
    const end = await ended;
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
    expect(logOf(end).map(({ event }) => event)).toEqual([
      'service.listening',
      'http.request',
      'service.stopping',
      'service.stopped',
    ]);
  });
});

test('on SIGINT an answer in flight is sent whole, and no other call is accepted', async () => {
  const { base, child, ended } = await startService();
  const inFlight = fetch(`${base}/slow`);
  await sleep(200);
  child.kill('SIGINT');
  await sleep(100);
  await expect(fetch(base)).rejects.toThrow();
  const response = await inFlight;
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('slow but whole');
  expect((await ended).exitCode).toBe(0);
});

test('on SIGTERM requests are still answered for two seconds, with Connection: close', async () => {
  const { base, child, ended } = await startService();
  // Leaves a connection open, as balancers do.
  await (await fetch(base)).text();
  child.kill('SIGTERM');
  await sleep(1_500);
  for (let call = 0; call < 2; call += 1) {
    const answer = await fetch(base);
    expect([await answer.text(), answer.headers.get('connection')]).toEqual(['hello', 'close']);
  }
  const late = fetch(`${base}/slow`);
  await sleep(600);
  await expect(fetch(base)).rejects.toThrow();
  expect(await (await late).text()).toBe('slow but whole');
  expect((await ended).exitCode).toBe(0);
});

test.each([
  ['fails', 'the cause of the failure'],
  ['hangs', 'not finished in time'],
])('a service whose last work %s says so and ends, with exit code 1', async (CLOSE, message) => {
  const { child, ended } = await startService({ CLOSE });
  child.kill('SIGINT');
  const end = await ended;
  expect(end.exitCode).toBe(1);
  const err = expect.objectContaining({ message });
  expect(logOf(end)).toContainEqual(expect.objectContaining({ event: 'service.close_failed', err }));
});

test('the service ends when the process that started it is gone', async () => {
  const { child, ended } = await startService();
  child.disconnect();
  expect((await ended).exitCode).toBe(0);
});

test.each(['/crash', '/reject'])(
  'after a crash (%s) the exit code is 1 and the log has the cause',
  async (path) => {
    const { base, ended } = await startService();
    await fetch(`${base}${path}`);
    const end = await ended;
    expect(end.exitCode).toBe(1);
    expect(logOf(end)).toContainEqual(
      expect.objectContaining({
        level: 'fatal',
        event: 'service.crashed',
        err: expect.objectContaining({ message: 'the cause of the crash', stack: expect.any(String) }),
      }),
    );
  },
);

test('the log is one JSON object a line with service, time and level, whatever libraries print', async () => {
  const { base, child, ended } = await startService({ LOG_LEVEL: 'debug' });
  await fetch(`${base}/console`);
  child.kill('SIGTERM');
  const end = await ended;
  expect(end.stderr).toBe('');
  const log = logOf(end);
  for (const line of log) {
    expect(line).toMatchObject({ service: 'fixture', event: expect.any(String), level: expect.any(String) });
    expect(Date.parse(String(line.time))).not.toBeNaN();
  }
  const said = log.filter(({ event }) => event === 'console').map(({ level, msg }) => [level, msg]);
  expect(said).toEqual([
    ['info', 'a library says log'],
    ['info', 'a library says info'],
    ['warn', 'a library says warn'],
    ['error', 'a library says error'],
    ['debug', 'a library says debug'],
    ['debug', 'an expected notice'],
  ]);
});

test('the log of a failed call names the cause, and nothing that was sent', async () => {
  const port = await freePort();
  const { base, child, ended } = await startService({ UPSTREAM: `http://127.0.0.1:${port}/` });
  expect((await fetch(`${base}/upstream`)).status).toBe(503);
  child.kill('SIGTERM');
  const end = await ended;
  expect(logOf(end)).toContainEqual(
    expect.objectContaining({
      event: 'upstream.failed',
      err: expect.objectContaining({ cause: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
    }),
  );
  expect(end.stdout).not.toMatch(/secret-token|secret-password/);
});

test('at a terminal a field named error is shown like any other, in one line', async () => {
  // Pretends that stdout is a terminal.
  const NODE_OPTIONS = '--import=data:text/javascript,process.stdout.isTTY=true';
  const { base, child, ended } = await startService({ NODE_OPTIONS });
  await fetch(`${base}/refused`);
  child.kill('SIGTERM');
  const { stdout } = await ended;
  expect(stdout).toMatch(/fixture refused.* \{"error":"the_error","error_description":"the reason"\}\n/);
});

test('metrics have a port of their own, which serves nothing else', async () => {
  const metricsPort = await freePort();
  const { base } = await startService({ METRICS_PORT: String(metricsPort) });
  await fetch(base);
  const metrics = `http://127.0.0.1:${metricsPort}`;
  const response = await fetch(`${metrics}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  expect(text).toContain(
    'http_server_request_duration_seconds_count{route="none",method="GET",status="200"} 1',
  );
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
  expect((await fetch(`${metrics}/`)).status).toBe(404);
  expect((await fetch(`${metrics}/metrics`, { method: 'POST' })).status).toBe(405);
  expect(await (await fetch(`${base}/metrics`)).text()).toBe('');
});

test('the service does not start when the port of its metrics is taken', async () => {
  const taken = await serve(() => {});
  const { ended } = spawnService({ PORT: '0', METRICS_PORT: new URL(taken).port });
  expect(await ended).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^fixture: port \d+ .* taken/),
  });
});

test('answers in flight at a crash are finished', async () => {
  const { base, ended } = await startService();
  const slow = fetch(`${base}/slow`);
  await sleep(100);
  await fetch(`${base}/crash`);
  expect(await (await slow).text()).toBe('slow but whole');
  expect((await ended).exitCode).toBe(1);
});
