/** The introspection requests of the resource server (RFC 7662 §2.1), and what it accepts as an answer. */
import { form, json, startUpstream } from 'shared/test/upstream.ts';
import { describe, expect, test } from 'vitest';
import { startResourceServer, tokenOf } from './resource-server.ts';

test('the token is posted as a form', async () => {
  const { base, received } = await startUpstream(json(tokenOf()));
  const { getWithToken } = await startResourceServer({ ISSUER: base });
  expect((await getWithToken('/current_time', 'a.b-c~d+e/f==')).status).toBe(200);
  expect(received).toHaveLength(1);
  const [request] = received as [(typeof received)[0]];
  expect(request).toMatchObject({ method: 'POST', url: '/introspect' });
  expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(request.headers.accept).toBe('application/json');
  expect(form(request)).toMatchObject({ token: 'a.b-c~d+e/f==' });
});

test('the client id and secret are percent-encoded before Basic (RFC 6749 §2.3.1)', async () => {
  const { base, received } = await startUpstream(json(tokenOf()));
  const { getWithToken } = await startResourceServer({
    ISSUER: base,
    RESOURCE_SERVER_CLIENT_ID: 'my:client 1',
    RESOURCE_SERVER_CLIENT_SECRET: '50%+é&',
  });
  await getWithToken('/current_time');
  const [scheme, credentials = ''] = received[0]?.headers.authorization?.split(' ') ?? [];
  expect(scheme).toBe('Basic');
  expect(atob(credentials)).toBe('my%3Aclient+1:50%25%2B%C3%A9%26');
});

test('the introspection endpoint may be elsewhere than at the issuer', async () => {
  const { base, received } = await startUpstream(json(tokenOf()));
  const { getWithToken } = await startResourceServer({ INTROSPECTION_ENDPOINT: `${base}/oauth2/check` });
  expect((await getWithToken('/current_time')).status).toBe(200);
  expect(received.map(({ url }) => url)).toEqual(['/oauth2/check']);
});

test('a token that is revoked between two calls is refused at the second', async () => {
  const answers = [tokenOf(), { active: false }];
  const { base } = await startUpstream((request, res) => json(answers.shift())(request, res));
  const { getWithToken } = await startResourceServer({ ISSUER: base });
  expect((await getWithToken('/current_time')).status).toBe(200);
  expect((await getWithToken('/current_time')).status).toBe(401);
});

test('the trace is passed on', async () => {
  const { base, received } = await startUpstream(json(tokenOf()));
  const { get } = await startResourceServer({ ISSUER: base });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await get('/current_time', { authorization: 'Bearer a', traceparent });
  const made = await get('/current_time', { authorization: 'Bearer a' });
  expect(received.map(({ headers }) => String(headers.traceparent).split('-')[1])).toEqual([
    '0af7651916cd43dd8448eb211c80319c',
    made.headers.get('x-request-id'),
  ]);
});

test('unknown members of an answer are ignored', async () => {
  const { base } = await startUpstream(json({ ...tokenOf(), username: 7, 'https://x.example': [1] }));
  const { getWithToken } = await startResourceServer({ ISSUER: base });
  expect((await getWithToken('/current_time')).status).toBe(200);
});

describe('an answer that says of a token', () => {
  const now = 1_800_000_000;
  const statusFor = async (times: object) => {
    const { base } = await startUpstream(json({ ...tokenOf(), ...times }));
    const { getWithToken } = await startResourceServer({ ISSUER: base }, { clock: () => now * 1000 });
    return (await getWithToken('/current_time')).status;
  };

  test.each([
    ['that it is valid now', { iat: now - 1, nbf: now - 1, exp: now + 4 }],
    ['that it was issued by a clock that is a minute ahead', { iat: now + 60, nbf: now + 60, exp: now + 65 }],
  ])('%s is believed', async (_what, times) => {
    expect(await statusFor(times)).toBe(200);
  });

  test.each([
    ['that it has just expired', { exp: now }],
    ['that it expired long ago', { exp: now - 3_600 }],
  ])('%s means 401, even when it says active', async (_what, times) => {
    expect(await statusFor(times)).toBe(401);
  });

  test.each([
    ['that it is issued in the future', { iat: now + 61 }],
    ['that it becomes valid in the future', { nbf: now + 61 }],
    ['that it expires at a time in words', { exp: 'soon' }],
    ['that it was issued at a time that is a string', { iat: String(now) }],
    ['that it becomes valid at a time that is null', { nbf: null }],
  ])('%s means 502, since the answer is wrong and not the token', async (_what, times) => {
    expect(await statusFor(times)).toBe(502);
  });
});
