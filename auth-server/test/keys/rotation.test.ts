/** Key rotation in a process that runs for years: it leaves nothing behind, and callers do not notice it. */
import { getEventListeners } from 'node:events';
import { queryObjects } from 'node:v8';
import { decodeProtectedHeader } from 'jose';
import Koa from 'koa';
import { Metrics } from 'shared/telemetry/metrics.ts';
import { freePort, recordingTelemetry, serve } from 'shared/test/serve.ts';
import { expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import { accessToken, batch, batchRegistration, requestsTo, temporaryFile } from '../support/auth-server.ts';

const ADMIN_RESOURCE = 'https://admin.example';
const ROTATIONS = 50;

/** The constructor of Node's timers, by which those that something still holds are found. */
const timer = setTimeout(() => {});
clearTimeout(timer);
const Timeout = timer.constructor;

type System = Awaited<ReturnType<typeof startIssuer>>;

/** An issuer whose keys a client may rotate through the admin API. */
async function startIssuer() {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const administrator = { ...batchRegistration, admin: true, scope: 'keys:write' };
  const CLIENTS_FILE = await temporaryFile([administrator]);
  // Operators may have an admin API only beside a database, which this test needs nothing of.
  const settings = {
    ...settingsSchema.parse({ ISSUER: issuer, CLIENTS_FILE, ADMIN_RESOURCE }),
    ADMIN_PORT: 1,
  };
  const { lines: _lines, ...telemetry } = recordingTelemetry();
  const stopping = new AbortController().signal;
  const declareGauge = vi.spyOn(telemetry.metrics, 'gauge');
  const app = await createApp({ settings, ...telemetry, stopping });
  await serve(app.callback(), port);
  const [admin = expect.unreachable('there is no admin API')] = app.others ?? [];
  const adminApi = await serve(admin.callback());
  return { ...requestsTo(issuer), adminApi, stopping, declareGauge };
}

/** Puts new keys in use at once, as an administrator does. */
async function rotate({ adminApi, requestClientToken }: System): Promise<void> {
  const token = await accessToken(
    await requestClientToken({ scope: 'keys:write', resource: ADMIN_RESOURCE }, batch),
  );
  const response = await fetch(`${adminApi}/keys/rotations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"at":"now"}',
  });
  expect(await response.json()).toMatchObject({ items: expect.any(Array) });
  expect(response.status).toBe(200);
}

/** How many there are of all that a service should have once. */
function census({ stopping, declareGauge }: System) {
  return {
    abortListeners: getEventListeners(stopping, 'abort').length,
    metricReadings: declareGauge.mock.calls.length,
    registries: countOf(Metrics),
    timers: countOf(Timeout),
    apps: countOf(Koa),
  };
}

/** How many objects of a class are in memory that something holds. */
function countOf(kind: unknown): number {
  return queryObjects(kind as () => void, { format: 'count' });
}

/** Asks for tokens and about each, one after the other, until it is told to stop; `answers` says what came of it. */
function startLoad({ requestToken, introspect }: System) {
  const answers: unknown[] = [];
  let running = true;
  const ended = keepAsking();
  return {
    answers,
    async stop() {
      running = false;
      await ended;
    },
  };

  async function keepAsking(): Promise<void> {
    while (running) {
      const granted = await requestToken();
      const introspected = await introspect(await accessToken(granted));
      const { active } = (await introspected.json()) as { active: boolean };
      answers.push({ granted: granted.status, introspected: introspected.status, active });
    }
  }
}

test('50 rotations under load leave no listener, timer, metric or app behind, and every request is answered', async () => {
  const system = await startIssuer();
  await rotate(system);
  const before = census(system);
  const load = startLoad(system);
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) await rotate(system);
  await load.stop();
  const after = census(system);

  expect(after).toMatchObject({
    abortListeners: before.abortListeners,
    metricReadings: before.metricReadings,
    registries: before.registries,
  });
  // Connections have timers, and a request that is under way holds the provider that it began with.
  expect(after.timers - before.timers).toBeLessThan(ROTATIONS / 5);
  expect(after.apps - before.apps).toBeLessThan(ROTATIONS / 5);
  expect(load.answers.length).toBeGreaterThan(ROTATIONS);
  for (const answer of load.answers)
    expect(answer).toEqual({ granted: 200, introspected: 200, active: true });
}, 120_000);

test('a token from before a rotation is active after it, and the next one is signed with another key', async () => {
  const system = await startIssuer();
  const old = await accessToken(await system.requestToken());
  await rotate(system);
  const young = await accessToken(await system.requestToken());
  expect(decodeProtectedHeader(young).kid).not.toBe(decodeProtectedHeader(old).kid);
  for (const token of [old, young]) {
    expect(await (await system.introspect(token)).json()).toMatchObject({ active: true });
  }
});
