/** Introspection by the guard (RFC 7662), at issuers that work and that do not. */
import { inspect } from 'node:util';
import { form, json, startUpstream } from 'shared/test/upstream.ts';
import { upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, test, vi } from 'vitest';
import { expectOutage, RESOURCE, startApi } from './issuer-and-api.ts';

const client = { clientId: 'orders-api', clientSecret: 'the-secret' };
const active = { active: true, sub: 'alice', client_id: 'shop', scope: 'orders:read', aud: RESOURCE };

test('a token is introspected at each use, with the credentials of the API, so that a revoked one is refused at the next', async () => {
  const answers = [active, { active: false }];
  const { base, received } = await startUpstream((request, res) => json(answers.shift())(request, res));
  const { get } = await startApi(base, client);
  expect((await get('a.b-c~d+e/f==')).status).toBe(200);
  expect((await get('a.b-c~d+e/f==')).status).toBe(401);
  expect(received.map((request) => [request.method, request.url, form(request).token])).toEqual(
    Array(2).fill(['POST', '/introspect', 'a.b-c~d+e/f==']),
  );
  expect(received[0]?.headers.authorization).toBe(`Basic ${btoa('orders-api:the-secret')}`);
});

test('the endpoint may be elsewhere than at the issuer, but must be a URL', async () => {
  const { base, received } = await startUpstream(json(active));
  const { get } = await startApi('https://issuer.example', { ...client, endpoint: `${base}/check` });
  expect((await get('a-token')).status).toBe(200);
  expect(received.map(({ url }) => url)).toEqual(['/check']);
  for (const endpoint of ['/check', 'localhost:5001/introspect'])
    await expect(startApi('https://issuer.example', { ...client, endpoint })).rejects.toThrow(
      `${endpoint} is no http or https URL of an issuer`,
    );
});

describe('when the issuer', () => {
  test.each(upstreamFailures(active))('$what, the answer is $statuses', async ({ start, statuses }) => {
    const { get, outages } = await startApi(await start(), client);
    await expectOutage(await get('secret-token'), statuses);
    expect(outages).toHaveLength(1);
    expect(outages[0]?.message).toMatch(/^auth server /);
    expect(inspect(outages, { depth: 9 })).not.toMatch(/secret-token|the-secret/);
  });

  test.each<[what: string, body: unknown]>([
    ['says active as a string', { ...active, active: 'true' }],
    ['does not say whether the token is active', { ...active, active: undefined }],
    ['gives a subject that is no text', { ...active, sub: 7 }],
    ['gives an audience that is no text', { ...active, aud: [{}] }],
    ['gives scopes as a list', { ...active, scope: ['orders:read'] }],
    ['gives an end that is no time', { ...active, exp: 'soon' }],
    ['gives a binding that is no object', { ...active, cnf: 'a-key' }],
    ['answers with a list', [active]],
    ['answers null', null],
  ])('%s, the answer is 502', async (_, body) => {
    const { base } = await startUpstream(json(body));
    const { get } = await startApi(base, client);
    await expectOutage(await get('a-token'), [502]);
  });

  test('answers in another encoding than UTF-8, the answer is 502', async () => {
    const latin1 = Buffer.from(JSON.stringify({ ...active, sub: 'josé' }), 'latin1');
    const { base } = await startUpstream((_, res) => void res.end(latin1));
    const { get } = await startApi(base, client);
    await expectOutage(await get('a-token'), [502]);
  });

  test('refuses the credentials of the API, the answer is 502 and the log says why', async () => {
    const { base } = await startUpstream(json({ error: 'invalid_client' }, 401));
    const { get, outages } = await startApi(base, client);
    await expectOutage(await get('a-token'), [502]);
    expect(outages[0]?.message).toBe('auth server answered 401: it refuses the credentials of this API');
  });

  test.each([429, 503])('answers %i and says how long to wait, callers are told the same', async (status) => {
    const { base } = await startUpstream((_, res) => res.writeHead(status, { 'retry-after': '17' }).end());
    const { get } = await startApi(base, client);
    const response = await get('a-token');
    expect(response.headers.get('retry-after')).toBe('17');
    await expectOutage(response, [503]);
  });

  test('works again, so does the API', async () => {
    let status = 503;
    const { base } = await startUpstream((request, res) => json(active, status)(request, res));
    const { get } = await startApi(base, client);
    expect((await get('a-token')).status).toBe(503);
    status = 200;
    expect((await get('a-token')).status).toBe(200);
  });
});

test('what the answer says besides is ignored, and a token that ended on the way is refused', async () => {
  const bodies = [
    { ...active, username: 7, 'https://x.example': [1] },
    { ...active, exp: Date.now() / 1000 - 1 },
  ];
  const { base } = await startUpstream((request, res) => json(bodies.shift())(request, res));
  const { get } = await startApi(base, client);
  expect((await get('a-token')).status).toBe(200);
  expect((await get('a-token')).status).toBe(401);
});

test('a client that has gone leaves no work behind: the call of the issuer ends in time', async () => {
  const { base, received } = await startUpstream(() => {});
  const { get, outages } = await startApi(base, client);
  const gone = new AbortController();
  const call = get('a-token', gone.signal);
  await vi.waitFor(() => expect(received).toHaveLength(1));
  gone.abort();
  await expect(call).rejects.toThrow('aborted');
  await vi.waitFor(() => expect(outages).toHaveLength(1), { timeout: 3_000 });
  expect(outages[0]?.message).toBe('auth server did not answer within 2000 ms');
});
