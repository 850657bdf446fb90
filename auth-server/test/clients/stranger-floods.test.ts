/** Floods of registrations by strangers, and what is forgotten when. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ArtifactModels } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { ROOM_LIMITS, type RoomLimits } from '../../src/stores/artifact-rooms.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { isActive, refresh, tokensFor, tokensOf } from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN, type Registered } from '../support/registry.ts';
import { codeClientOf, startOpen, tool } from '../support/strangers.ts';

const offline = { scope: 'openid offline_access current_time', prompt: 'consent' };
const DAY_MS = 24 * 60 * 60_000;

/** A server with room for so many strangers' clients. */
function withRoomFor(mostInAll: number, limits: Partial<RoomLimits> = {}) {
  const stranger = { ...ARTIFACT_MODELS.StrangerClient, mostInAll };
  const models = { ...ARTIFACT_MODELS, StrangerClient: stranger } as ArtifactModels;
  const { signal } = new AbortController();
  return startOpen(
    {},
    { artifacts: memoryArtifacts(models, signal, { limits: { ...ROOM_LIMITS, ...limits } }) },
  );
}

/** An address of a network of its own. */
const elsewhere = (nth: number) => ({ address: `198.51.${Math.floor(nth / 250)}.${nth % 250}` });

describe('from one address', () => {
  test('sixty clients are registered in an hour, and then none, while others go on', async () => {
    const { server, register, registered } = await startOpen();
    const address = '192.0.2.7';
    const statuses = await Promise.all(
      Array.from({ length: 64 }, async () => (await register(tool, { address })).status),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(60);
    expect(statuses.filter((status) => status === 429)).toHaveLength(4);
    const refused = await register(tool, { address });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('3600');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await refused.json()).toEqual({
      error: 'too_many_attempts',
      error_description: 'there were too many registrations from this address, try again later',
    });
    await registered(tool, { address: '192.0.2.8' });
    const text = await server.metrics.text();
    expect(text).toContain('oauth_registrations_total{result="open"} 61');
    expect(text).toContain('oauth_registrations_total{result="too_many"} 5');
    expect(server.lines).toContainEqual(
      expect.objectContaining({ event: 'throttle.exceeded', target: 'registration' }),
    );
    expect(server.lines).toContainEqual(
      expect.objectContaining({ event: 'client.registered', by: 'stranger' }),
    );
  });

  test('all addresses of an IPv6 network count as one', async () => {
    const { register } = await startOpen();
    const from = async (address: string) => (await register(tool, { address })).status;
    for (let nth = 0; nth < 60; nth += 1) expect(await from(`2001:db8:1:2::${nth.toString(16)}`)).toBe(201);
    expect(await from('2001:db8:1:2:ffff::1')).toBe(429);
    expect(await from('2001:db8:1:3::1')).toBe(201);
  });

  test('what is refused counts for nothing', async () => {
    const { register, registered } = await startOpen();
    for (let nth = 0; nth < 70; nth += 1)
      expect((await register({ ...tool, redirect_uris: [] })).status).toBe(400);
    await registered();
  });

  test('nobody gets around the limit by an address that they make up', async () => {
    const { register } = await startOpen({ TRUSTED_PROXIES: '' });
    for (let nth = 0; nth < 60; nth += 1) expect((await register(tool, elsewhere(nth))).status).toBe(201);
    expect((await register(tool, elsewhere(60))).status).toBe(429);
  });

  test('whoever has the initial access token is not limited', async () => {
    const { register } = await startOpen({ INITIAL_ACCESS_TOKEN });
    const authorization = `Bearer ${INITIAL_ACCESS_TOKEN}`;
    for (let nth = 0; nth < 61; nth += 1) expect((await register(tool, { authorization })).status).toBe(201);
    expect((await register()).status).toBe(201);
  });
});

describe('from many addresses', () => {
  test('so many are registered in all: the oldest go that are not used, and those in use stay', async () => {
    const { server, registered, manage } = await withRoomFor(20);
    const used = await registered(tool, elsewhere(0));
    const tokens = await tokensFor(server, codeClientOf(used), offline);
    const unused = await registered(tool, elsewhere(1));
    const flood: Registered[] = [];
    for (let nth = 2; nth < 100; nth += 1) flood.push(await registered(tool, elsewhere(nth)));

    expect((await manage(unused)('GET')).status).toBe(401);
    const kept = await Promise.all(flood.map(async (client) => (await manage(client)('GET')).status));
    expect(kept).toEqual([...Array(79).fill(401), ...Array(19).fill(200)]);
    await tokensOf(await refresh(server, tokens.refresh_token, codeClientOf(used)));
    expect((await manage(used)('GET')).status).toBe(200);
  });

  test('none is registered where all that there may be are in use', async () => {
    const { server, register, registered } = await withRoomFor(3);
    const all = [await registered(), await registered(), await registered()];
    for (const client of all) await tokensFor(server, codeClientOf(client));
    const refused = await register();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' });
    for (const client of all) await tokensFor(server, codeClientOf(client));
  });

  test('memory stays within its bound, and clients in use go on', async () => {
    const MIB = 1024 * 1024;
    const { server, registered, manage } = await withRoomFor(10_000, {
      newcomers: { passing: MIB / 4, lasting: MIB },
    });
    const used = await registered(tool, elsewhere(0));
    const { access_token } = await tokensFor(server, codeClientOf(used));
    const large = { ...tool, client_uri: `https://app.example/${'x'.repeat(1_900)}` };
    const flood: Registered[] = [];
    for (let nth = 0; nth < 300; nth += 1) flood.push(await registered(large, elsewhere(1 + (nth % 6))));
    // A quarter of a MiB holds less than a hundred of this size.
    for (const client of flood.slice(0, 60)) expect((await manage(client)('GET')).status).toBe(401);
    expect((await manage(flood.at(-1) as Registered)('GET')).status).toBe(200);
    expect(await isActive(server, access_token)).toBe(true);
    await tokensFor(server, codeClientOf(used));
  });
});

describe('a registration', () => {
  /** A clock that the test moves, which leaves timers alone. */
  function clock() {
    let now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now });
    onTestFinished(() => void vi.useRealTimers());
    return {
      pass(days: number) {
        now += days * DAY_MS;
        vi.setSystemTime(now);
      },
    };
  }

  test('that is not used is forgotten after a day', async () => {
    const { pass } = clock();
    const { registered, manage } = await startOpen();
    const client = await registered();
    pass(0.99);
    expect((await manage(client)('GET')).status).toBe(200);
    pass(0.02);
    expect((await manage(client)('GET')).status).toBe(401);
  });

  test('that is used stays until it was not used for 90 days, and its token with it', async () => {
    const { pass } = clock();
    const { server, registered, manage } = await startOpen();
    const client = await registered();
    await tokensFor(server, codeClientOf(client));
    pass(80);
    const changed = await manage(client)('PUT', {
      client_id: client.client_id,
      redirect_uris: client.redirect_uris,
    });
    expect(changed.status).toBe(200);
    const next = (await changed.json()) as Registered;
    await tokensFor(server, codeClientOf(next));
    pass(80);
    expect((await manage(next)('GET')).status).toBe(200);
    pass(11);
    expect((await manage(next)('GET')).status).toBe(401);
  });
});
