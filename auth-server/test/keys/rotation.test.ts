/** Key rotation in a process that runs for years: it leaves nothing behind, and callers do not notice it. */
import { getEventListeners } from 'node:events';
import { queryObjects } from 'node:v8';
import { decodeProtectedHeader } from 'jose';
import Koa from 'koa';
import { Metrics } from 'shared/telemetry/metrics.ts';
import { recordingTelemetry } from 'shared/test/serve.ts';
import { afterEach, expect, test, vi } from 'vitest';
import type { SigningKeyStore } from '../../src/core/keys/signing-key-store.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { memorySigningKeys } from '../../src/stores/memory/signing-keys.ts';
import { adminToken, keysOf, publishedKids, rotate, startAdministered } from '../support/administered.ts';
import { accessToken } from '../support/auth-server.ts';

const ROTATIONS = 50;

/** The constructor of Node's timers, with which the test finds timers that are still referenced. */
const timer = setTimeout(() => {});
clearTimeout(timer);
const Timeout = timer.constructor;

afterEach(() => void vi.useRealTimers());

type System = Awaited<ReturnType<typeof startIssuer>>;

/** An issuer whose new keys sign as soon as they are published, so that tests need not wait for a planned rotation. */
async function startIssuer() {
  const telemetry = recordingTelemetry();
  const declareGauge = vi.spyOn(telemetry.metrics, 'gauge');
  return { ...(await startAdministered({ KEY_PUBLISH_SECONDS: '0' }, telemetry)), declareGauge };
}

/** Counts the objects that a service should have only once. */
function census({ stopping, declareGauge }: System) {
  return {
    abortListeners: getEventListeners(stopping, 'abort').length,
    metricReadings: declareGauge.mock.calls.length,
    registries: countOf(Metrics),
    timers: countOf(Timeout),
    apps: countOf(Koa),
  };
}

/** How many objects of a class are still referenced. */
function countOf(kind: unknown): number {
  return queryObjects(kind as () => void, { format: 'count' });
}

/** Requests and introspects one token after the other until it is stopped; `answers` holds the outcomes. */
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
  await rotate(system, 'published');
  const before = census(system);
  const load = startLoad(system);
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) await rotate(system, 'published');
  await load.stop();
  const after = census(system);

  expect(after).toMatchObject({
    abortListeners: before.abortListeners,
    metricReadings: before.metricReadings,
    registries: before.registries,
  });
  // Connections have timers, and a running request references the provider that it began with.
  expect(after.timers - before.timers).toBeLessThan(ROTATIONS / 5);
  expect(after.apps - before.apps).toBeLessThan(ROTATIONS / 5);
  expect(load.answers.length).toBeGreaterThan(ROTATIONS);
  for (const answer of load.answers)
    expect(answer).toEqual({ granted: 200, introspected: 200, active: true });
}, 120_000);

test('a token from before a rotation is active after it, and the next one is signed with another key', async () => {
  const system = await startIssuer();
  const old = await accessToken(await system.requestToken());
  await rotate(system, 'published');
  const young = await accessToken(await system.requestToken());
  expect(decodeProtectedHeader(young).kid).not.toBe(decodeProtectedHeader(old).kid);
  for (const token of [old, young]) {
    expect(await (await system.introspect(token)).json()).toMatchObject({ active: true });
  }
});

test('after a planned rotation the old key of access tokens stays for 35 seconds, that of ID tokens for a day', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const system = await startIssuer();
  const [ofAccessTokens, ofIdTokens] = await publishedKids(system);
  const rotatedAt = Date.now() + 1_000;
  vi.setSystemTime(rotatedAt);
  await rotate(system, 'published');
  const retiredAfter = async (seconds: number) => {
    vi.setSystemTime(rotatedAt + seconds * 1_000);
    const response = await keysOf(system, await adminToken(system));
    const { items } = (await response.json()) as { items: { kid: string; stage: string }[] };
    return items.filter(({ stage }) => stage === 'retired').map(({ kid }) => kid);
  };
  expect(await retiredAfter(34)).toEqual([ofAccessTokens, ofIdTokens]);
  expect(await publishedKids(system)).toContain(ofAccessTokens);
  expect(await retiredAfter(36)).toEqual([ofIdTokens]);
  await expect.poll(() => publishedKids(system), { timeout: 20_000 }).not.toContain(ofAccessTokens);
  expect(await publishedKids(system)).toContain(ofIdTokens);
  expect(await retiredAfter(24 * 60 * 60)).toEqual([ofIdTokens]);
  expect(await retiredAfter(24 * 60 * 60 + 31)).toEqual([]);
}, 40_000);

test('the log line of new keys names no request: a provider is built for all of them', async () => {
  const system = await startIssuer();
  await rotate(system, 'published');
  const changed = system.lines.filter(({ event }) => event === 'keys.changed');
  expect(changed).toHaveLength(1);
  expect(changed[0]).not.toHaveProperty('requestId');
});

test('a rotation is recorded even when the new keys cannot be read at once', async () => {
  const signingKeys = memorySigningKeys();
  const audit = memoryAudit();
  let away = false;
  const losing: SigningKeyStore = {
    async all() {
      if (away) throw new StoreUnavailable(new Error('away'));
      return signingKeys.all();
    },
    async change(decide) {
      const changed = await signingKeys.change(decide);
      away = true;
      return changed;
    },
  };
  const start = async () => {
    const system = await startAdministered({}, recordingTelemetry(), { signingKeys: losing, audit });
    away = false;
    return system;
  };
  const system = await start();
  await rotate(system, 'published');
  const [record] = await audit.list(undefined, 1);
  expect(record).toMatchObject({ action: 'key_rotated', actor: { client: 'batch' } });
  expect(system.lines).toContainEqual(expect.objectContaining({ event: 'keys.unknown' }));
});
