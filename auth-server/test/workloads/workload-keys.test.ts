/** Keys that the issuer of a workload publishes: fetched, kept, fetched again, and what happens while they cannot be had. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve } from 'shared/test/serve.ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import { type Ci, deployer, makeCi, startWithWorkload, workloadClient } from '../support/workloads.ts';

afterEach(() => void vi.useRealTimers());

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (body: unknown, headers: Record<string, string> = {}, status = 200): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

/** A host of keys, which counts what it is asked for, and whose answer can be changed. */
async function startKeyHost(first: Answer) {
  const host = { answer: first, requests: [] as IncomingMessage[], url: '' };
  host.url = `${await serve((request, response) => {
    host.requests.push(request);
    host.answer(response, request);
  })}/keys`;
  return host;
}

/** An issuer whose client trusts a platform by the URL of its keys. */
async function startFetching(answer?: Answer, ci?: Ci) {
  const platform = ci ?? (await makeCi());
  const host = await startKeyHost(answer ?? json(platform.jwks));
  const server = await startWithWorkload({ ci: platform, identity: { jwks: undefined, jwks_uri: host.url } });
  return { ...server, host };
}

describe('the keys', () => {
  test('are fetched when they are first needed, and kept', async () => {
    const { host, present, jwt } = await startFetching();
    expect(host.requests).toHaveLength(0);
    for (let times = 0; times < 3; times += 1) expect((await present(await jwt())).status).toBe(200);
    expect(host.requests).toHaveLength(1);
  });

  test('are asked for without anything that is none of the host’s business', async () => {
    const { host, present, jwt } = await startFetching();
    await present(await jwt());
    const { method, headers } = host.requests[0] as IncomingMessage;
    expect(method).toBe('GET');
    expect(Object.keys(headers)).toEqual(
      expect.not.arrayContaining(['authorization', 'cookie', 'traceparent']),
    );
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
  });

  test('are fetched once for many requests at once', async () => {
    const { host, present, jwt } = await startFetching();
    const jwts = await Promise.all(Array.from({ length: 20 }, () => jwt()));
    const answers = await Promise.all(jwts.map((one) => present(one)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(host.requests).toHaveLength(1);
  });

  test('are not fetched for a JWT that is no good with any key', async () => {
    const { host, present, jwt } = await startFetching();
    for (const claims of [{ exp: 1 }, { aud: 'https://other.example' }, { sub: 'another' }])
      await expectRefusal(await present(await jwt(claims)), 400, 'invalid_grant');
    await expectRefusal(await present(await jwt({}, { typ: 'at+jwt' })), 400, 'invalid_grant');
    expect(host.requests).toHaveLength(0);
  });

  test.each<[what: string, cacheControl: string | undefined, keptS: number]>([
    ['for ten minutes, when the host says nothing', undefined, 600],
    ['for as long as the host says', 'public, max-age=120', 120],
    ['for a minute at least', 'max-age=0', 60],
    ['for an hour at most', 'max-age=31536000', 3_600],
  ])('are kept %s', async (_what, cacheControl, keptS) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const ci = await makeCi();
    const headers = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
    const { host, present, jwt } = await startFetching(json(ci.jwks, headers as Record<string, string>), ci);
    await present(await jwt());
    vi.setSystemTime(Date.now() + (keptS - 1) * 1_000);
    await present(await jwt());
    expect(host.requests).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_000);
    expect((await present(await jwt())).status).toBe(200);
    expect(host.requests).toHaveLength(2);
  });

  test('that the issuer has taken back count no more, once they are fetched again', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { host, present, jwt } = await startFetching();
    expect((await present(await jwt())).status).toBe(200);
    host.answer = json((await makeCi({ kid: 'new' })).jwks);
    vi.setSystemTime(Date.now() + 601_000);
    await expectRefusal(await present(await jwt()), 400, 'invalid_grant');
  });
});

test('a host that fails is not asked again by each of many forgeries, and is asked again after a second', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const { issuer, host, present, jwt } = await startFetching();
  expect((await present(await jwt())).status).toBe(200);
  vi.setSystemTime(Date.now() + 31_000);
  const { answer } = host;
  host.answer = json({}, {}, 503);
  const forger = await makeCi({ kid: 'forged' });
  for (let times = 0; times < 5; times += 1)
    expect((await present(await forger.jwt(issuer))).status).toBe(503);
  expect(host.requests).toHaveLength(2);
  host.answer = answer;
  vi.setSystemTime(Date.now() + 3_000);
  await expectRefusal(await present(await forger.jwt(issuer)), 400, 'invalid_grant');
  expect(host.requests).toHaveLength(3);
});

describe('a key that is not known', () => {
  test.each(['new', undefined])('is found in the keys of now: %s', async (kid) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { issuer, host, present, jwt } = await startFetching();
    expect((await present(await jwt())).status).toBe(200);
    const renewed = await makeCi({ kid: 'new' });
    host.answer = json(renewed.jwks);
    vi.setSystemTime(Date.now() + 31_000);
    expect((await present(await renewed.jwt(issuer, {}, { kid }))).status).toBe(200);
    expect(host.requests).toHaveLength(2);
  });

  test('has the keys fetched again at most every thirty seconds, however many forgers there are', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { issuer, host, present } = await startFetching();
    const forger = await makeCi({ kid: 'forged' });
    for (let times = 0; times < 5; times += 1)
      await expectRefusal(await present(await forger.jwt(issuer)), 400, 'invalid_grant');
    expect(host.requests).toHaveLength(1);
    vi.setSystemTime(Date.now() + 31_000);
    for (let times = 0; times < 5; times += 1)
      await expectRefusal(await present(await forger.jwt(issuer)), 400, 'invalid_grant');
    expect(host.requests).toHaveLength(2);
  });

  test('that is looked for in vain leaves the known ones in force, even while the host is down', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { issuer, host, present, jwt } = await startFetching();
    expect((await present(await jwt())).status).toBe(200);
    host.answer = json({}, {}, 503);
    vi.setSystemTime(Date.now() + 31_000);
    const unknown = await (await makeCi({ kid: 'unknown' })).jwt(issuer);
    expect((await present(unknown)).status).toBe(503);
    expect((await present(await jwt())).status).toBe(200);
  });
});

test.each<[what: string, member: object]>([
  ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'ci-key' }],
  ['a private key', { kty: 'RSA', d: 'AQAB', n: 'AQAB', e: 'AQAB', kid: 'ci-key' }],
  ['a key for encryption', { use: 'enc' }],
  ['a key for another algorithm', { alg: 'PS256' }],
])('%s that an issuer publishes verifies nothing', async (_what, member) => {
  const ci = await makeCi();
  const { present, jwt } = await startFetching(json({ keys: [{ ...ci.publicJwk, ...member }] }), ci);
  await expectRefusal(await present(await jwt()), 400, 'invalid_grant');
});

describe('while the keys cannot be had', () => {
  test.each<[status: number, what: string, answer: Answer]>([
    [503, 'a host that hangs up', (response) => void response.destroy()],
    [503, 'a host that is not available', json({}, {}, 503)],
    [504, 'a host whose own host is too slow', json({}, {}, 504)],
    [502, 'a host that fails', json({}, {}, 500)],
    [502, 'a host that has no keys there', json({}, {}, 404)],
    [502, 'a host that sends us elsewhere', json({}, { location: 'http://127.0.0.1:1/keys' }, 302)],
    [502, 'a page', (response) => void response.end('<!doctype html>')],
    [502, 'an empty answer', (response) => void response.end()],
    [502, 'another shape', json({ keys: {} })],
    [502, 'a list', json([])],
    [502, 'keys without a type', json({ keys: [{}] })],
    [502, 'far too many keys', json({ keys: Array(101).fill({ kty: 'RSA' }) })],
    [502, 'far too many bytes', json({ keys: [], padding: 'a'.repeat(70_000) })],
  ])('the answer is %i for %s, and the JWT is not used up', async (status, _what, answer) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const ci = await makeCi();
    const { host, lines, present, jwt } = await startFetching(answer, ci);
    const assertion = await jwt();
    const response = await present(assertion);
    await expectRefusal(response, status, 'temporarily_unavailable');
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(lines.filter(({ event }) => event === 'token.refused')).toEqual([]);
    expect(lines.filter(({ event }) => event === 'upstream.failed')).toHaveLength(1);
    host.answer = json(ci.jwks);
    vi.setSystemTime(Date.now() + 2_000);
    expect((await present(assertion)).status).toBe(200);
  });

  test('the answer is 503 where nobody listens', async () => {
    const identity = { jwks: undefined, jwks_uri: 'http://127.0.0.1:9/keys' };
    const { present, jwt } = await startWithWorkload({ identity });
    await expectRefusal(await present(await jwt()), 503, 'temporarily_unavailable');
  });

  test('the answer is 504 after two seconds, and other issuers are not held up', async () => {
    const slow = await makeCi();
    const other = await makeCi({ issuer: 'https://other.example.com', subject: 'job' });
    const [slowHost, otherHost] = [await startKeyHost(() => {}), await startKeyHost(json(other.jwks))];
    const { issuer, present, jwt } = await startWithWorkload({
      ci: slow,
      identity: { jwks: undefined, jwks_uri: slowHost.url },
      clients: [workloadClient('other', [{ issuer: other.issuer, subject: 'job', jwks_uri: otherHost.url }])],
    });
    const begun = performance.now();
    const waiting = [await jwt(), await jwt(), await jwt()].map((one) => present(one, {}, deployer));
    expect((await present(await other.jwt(issuer), {}, { id: 'other' })).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(1_500);
    for (const response of await Promise.all(waiting))
      await expectRefusal(response, 504, 'temporarily_unavailable');
    expect(slowHost.requests).toHaveLength(1);
  });
});
