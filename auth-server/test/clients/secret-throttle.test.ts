/** Guesses of client secrets (RFC 6749 §2.3.1): limited where they come from, and keeping no client out. */
import { SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { throttleSecrets } from '../../src/core/throttle/secret-throttle.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import {
  accessToken,
  type Client,
  expectRefusal,
  resourceServer,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';
import { slowArtifacts } from '../support/slow-store.ts';

/** A client that signs with its secret. */
const signing = { id: 'signing', secret: 'a-secret-of-at-least-thirty-two-characters' };

/** A server behind a proxy, and requests that it hands on from an address. */
async function start(
  environment: Record<string, string> = {},
  overrides: { artifacts?: ArtifactStore } = {},
) {
  const registration = {
    client_id: signing.id,
    client_secret: signing.secret,
    token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
  };
  const server = await startAuthServer(
    {
      TRUSTED_PROXIES: '127.0.0.1',
      CLIENTS_FILE: await temporaryFile([registration]),
      ...environment,
    },
    overrides,
  );
  const from = (address: string) => {
    const send = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(`${server.issuer}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { 'x-forwarded-for': address, ...headers },
      });
    return {
      send,
      /** As a client that authenticates by HTTP Basic. */
      post: (path: string, form: Record<string, string>, { id, secret }: Client, more = {}) =>
        send(path, form, { authorization: `Basic ${btoa(`${id}:${secret}`)}`, ...more }),
    };
  };
  return { ...server, from };
}

const password = { grant_type: 'password', username: 'alice', password: 'wonderland' };
const wrong = (client: Client, nth = 0) => ({ ...client, secret: `guess-${nth}` });

async function statuses(times: number, request: (nth: number) => Promise<Response>): Promise<number[]> {
  const told: number[] = [];
  for (let nth = 0; nth < times; nth += 1) told.push((await request(nth)).status);
  return told;
}

const twenty = Array(20).fill(401);

describe.each(['on', 'off'])('with FAST_PATH=%s', (FAST_PATH) => {
  test.each([
    ['/token', webapp, password],
    ['/introspect', resourceServer, { token: 'any' }],
    ['/revoke', webapp, { token: 'any' }],
    ['/par', webapp, { response_type: 'code' }],
    ['/device_authorization', webapp, {}],
  ])(
    'twenty secrets are looked at that are sent to %s, and then not even the right one',
    async (path, client, form) => {
      const { from } = await start({ FAST_PATH });
      const stranger = from('192.0.2.1');
      expect(await statuses(22, (nth) => stranger.post(path, form, wrong(client, nth)))).toEqual([
        ...twenty,
        429,
        429,
      ]);
      const refused = await stranger.post(path, form, client);
      expect(refused.headers.get('retry-after')).toBe('300');
      await expectRefusal(refused, 429, 'too_many_attempts');
      // From elsewhere the client is served as ever.
      expect((await from('192.0.2.2').post(path, form, client)).status).not.toBe(429);
    },
  );

  test('a client is served at its own address, whatever others guess there and elsewhere', async () => {
    const { from } = await start({ FAST_PATH });
    const home = from('192.0.2.1');
    const token = await accessToken(await home.post('/token', password, webapp));
    const ask = () => home.post('/introspect', { token }, resourceServer);
    expect((await ask()).status).toBe(200);
    await statuses(30, (nth) => home.post('/introspect', { token }, wrong(resourceServer, nth)));
    await statuses(30, (nth) => from('192.0.2.2').post('/introspect', { token }, wrong(resourceServer, nth)));
    // Also with guesses at others, which use up what the address as a whole has.
    for (let nth = 0; nth < 6; nth += 1) {
      await statuses(20, (guess) =>
        home.post('/token', password, wrong({ id: `other-${nth}`, secret: '' }, guess)),
      );
    }
    const told = await ask();
    expect(told.status).toBe(200);
    expect(await told.json()).toMatchObject({ active: true });
    expect((await from('192.0.2.2').post('/introspect', { token }, resourceServer)).status).toBe(429);
    expect((await home.post('/token', password, wrong({ id: '5678', secret: '' }))).status).toBe(429);
  });
});

test('no way of writing a request goes round the limit', async () => {
  const { from } = await start();
  const { send, post } = from('192.0.2.1');
  const form = { token: 'any' };
  const { id } = resourceServer;
  const ways: ((nth: number) => Promise<Response>)[] = [
    (nth) => send('/introspect', { ...form, client_id: id, client_secret: `guess-${nth}` }),
    (nth) => post('/introspect', form, wrong(resourceServer, nth), { accept: 'text/html' }),
    (nth) => post('/INTROSPECT', form, wrong(resourceServer, nth)),
    (nth) => post('/introspect/', form, wrong(resourceServer, nth)),
    (nth) => post('/token', password, wrong(resourceServer, nth)),
    (nth) => post('/introspect', form, wrong({ ...resourceServer, id: 'resource%2Dserver' }, nth)),
    (nth) => post('/introspect', form, wrong(resourceServer, nth), { 'x-request-timeout-ms': '1' }),
  ];
  for (const [index, way] of ways.entries()) await statuses(3, (nth) => way(index * 10 + nth));
  for (const way of ways.slice(0, 6)) expect((await way(99)).status).toBe(429);
  expect(
    (await send('/introspect', { ...form, client_id: id, client_secret: resourceServer.secret })).status,
  ).toBe(429);
});

test.each(['/introspect', '/token'])('a guess at %s counts whose answer comes too late', async (path) => {
  const { from } = await start({}, { artifacts: slowArtifacts(50) });
  const client = { id: 'registered-itself', secret: '' };
  const guess = (nth: number, more = {}) =>
    from('192.0.2.1').post(path, { ...password, token: 'any' }, wrong(client, nth), more);
  expect(await statuses(20, (nth) => guess(nth, { 'x-request-timeout-ms': '5' }))).toEqual(
    Array(20).fill(504),
  );
  await vi.waitFor(async () => expect((await guess(20)).status).toBe(429));
});

test('assertions that are signed with the secret count as guesses of it', async () => {
  const { issuer, from } = await start();
  const assertion = ({ id, secret }: Client) =>
    new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(secret));
  const ask = async (address: string, client: Client) =>
    from(address).send('/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(client),
    });
  const guess = { ...signing, secret: 'another-secret-of-at-least-thirty-two-bytes' };
  expect((await ask('192.0.2.9', signing)).status).toBe(200);
  expect(await statuses(21, () => ask('192.0.2.1', guess))).toEqual([...twenty, 429]);
  expect((await ask('192.0.2.1', signing)).status).toBe(429);
  await statuses(21, () => ask('192.0.2.9', guess));
  expect((await ask('192.0.2.9', signing)).status).toBe(200);
});

test('requests that guess nothing are not counted', async () => {
  const { from } = await start();
  const { send, post } = from('192.0.2.1');
  await statuses(25, () => send('/introspect', { token: 'any' }));
  await statuses(25, () => send('/introspect', { token: 'any', client_id: resourceServer.id }));
  await statuses(25, () => post('/token', { grant_type: 'made_up' }, webapp));
  expect((await post('/introspect', { token: 'any' }, resourceServer)).status).toBe(200);
});

test('a client that nobody registered is refused no earlier or later than any other', async () => {
  const { from } = await start();
  const unknown = { id: 'nobody', secret: 'x' };
  expect(
    await statuses(21, (nth) => from('192.0.2.1').post('/token', password, wrong(unknown, nth))),
  ).toEqual([...twenty, 429]);
});

test('guesses are counted and logged, and never what was guessed', async () => {
  const { from, lines, metrics } = await start();
  await statuses(22, (nth) => from('192.0.2.1').post('/token', password, wrong(webapp, nth)));
  const text = await metrics.text();
  expect(text).toMatch(/^oauth_failed_attempts_total\{target="client_secret",outcome="wrong"\} 20$/m);
  expect(text).toMatch(/^oauth_failed_attempts_total\{target="client_secret",outcome="not_looked_at"\} 2$/m);
  expect(text).toMatch(/^oauth_tokens_refused_total\{grant_type="password",error="too_many_attempts"\} 2$/m);
  const exceeded = lines.filter(({ event }) => event === 'throttle.exceeded');
  expect(exceeded).toHaveLength(2);
  expect(exceeded).toMatchObject(Array(2).fill({ target: 'client_secret' }));
  expect(JSON.stringify(lines) + text).not.toContain('guess-');
});

describe('counts', () => {
  function limits(counts = memoryAttempts()) {
    vi.useFakeTimers();
    return { counts, throttle: throttleSecrets(counts, new Uint8Array(32), 'client secret') };
  }
  const place = { client: 'client', address: '192.0.2.1' };

  test('end after five minutes, and are shared by replicas', async () => {
    const { counts, throttle } = limits();
    const replica = limits(counts).throttle;
    for (let nth = 0; nth < 20; nth += 1) await (nth % 2 ? throttle : replica).failed(place);
    expect(await throttle.isSpent(place)).toBe(true);
    expect(await replica.isSpent(place)).toBe(true);
    expect(await throttle.isSpent({ ...place, client: 'other' })).toBe(false);
    vi.advanceTimersByTime(5 * 60_000);
    expect(await throttle.isSpent(place)).toBe(false);
    vi.useRealTimers();
  });

  test('cost a place nothing where the right secret came from, on any replica, for thirty days', async () => {
    const { counts, throttle } = limits();
    const replica = limits(counts).throttle;
    await throttle.succeeded(place);
    const add = vi.spyOn(counts, 'add');
    const get = vi.spyOn(counts, 'get');
    for (let nth = 0; nth < 200; nth += 1) {
      await throttle.failed(place);
      await throttle.succeeded(place);
      expect(await throttle.isSpent(place)).toBe(false);
    }
    expect([add.mock.calls, get.mock.calls]).toEqual([[], []]);
    for (let nth = 0; nth < 200; nth += 1) await replica.failed({ ...place, client: `other ${nth}` });
    expect(await replica.isSpent({ ...place, client: 'one more' })).toBe(true);
    expect(await replica.isSpent(place)).toBe(false);
    vi.advanceTimersByTime(30 * 24 * 60 * 60_000);
    for (let nth = 0; nth < 20; nth += 1) await replica.failed(place);
    expect(await replica.isSpent(place)).toBe(true);
    vi.useRealTimers();
  });
});
