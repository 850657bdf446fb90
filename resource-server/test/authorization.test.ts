/** Calls that are not authorized, through the whole service. The guard's own tests have every case. */
import { expect, test } from 'vitest';
import { challengeOf, RESOURCE, startWithToken, tokenOf } from './resource-server.ts';

const resource_metadata = `${RESOURCE}/.well-known/oauth-protected-resource`;

test('a refusal is a problem with the id of its request', async () => {
  const { get, getWithToken, asked } = await startWithToken({ active: false });
  for (const [response, members] of [
    [await get('/current_time'), {}],
    [await getWithToken('/current_time'), { error: 'invalid_token' }],
  ] as const) {
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatchObject({ ...members, resource_metadata });
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      status: 401,
      title: 'Unauthorized',
      detail: expect.any(String),
      ...members,
      request_id: response.headers.get('x-request-id'),
    });
  }
  expect(asked).toEqual(['a-token']);
});

test.each([
  ['current_time', 'epoch_time'],
  ['epoch_time', 'current_time'],
])('the endpoint %s needs the scope of its own name, and not %s', async (endpoint, scope) => {
  const { getWithToken } = await startWithToken(tokenOf({ scope }));
  const response = await getWithToken(`/${endpoint}`);
  expect(response.status).toBe(403);
  expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: endpoint });
  expect((await getWithToken(`/${scope}`)).status).toBe(200);
});

test("a client's own token is refused: the time is for users", async () => {
  const { getWithToken } = await startWithToken(tokenOf({ sub: '1234' }));
  expect(challengeOf(await getWithToken('/current_time'))).toMatchObject({ error: 'invalid_token' });
});

test('the log has the client and the resource owner of a call that lacks the scope', async () => {
  const { getWithToken, lines } = await startWithToken(tokenOf({ scope: 'epoch_time' }));
  await getWithToken('/current_time');
  const line = lines.find(({ event }) => event === 'http.request');
  expect(line).toMatchObject({ status: 403, clientId: '1234', user: 'alice' });
});

test.each([
  ['a call that passes', 'current_time', 200],
  ['a call that lacks the scope', 'epoch_time', 403],
])('the log has those who act for the resource owner of %s', async (_, scope, status) => {
  const act = { sub: 'stock-api', act: { sub: 'orders-api' } };
  const { getWithToken, lines } = await startWithToken(tokenOf({ scope, client_id: 'stock-api', act }));
  await getWithToken('/current_time');
  const line = lines.find(({ event }) => event === 'http.request');
  expect(line).toMatchObject({
    status,
    clientId: 'stock-api',
    user: 'alice',
    actors: ['stock-api', 'orders-api'],
  });
});

test('the log of a call without delegation says nothing of actors', async () => {
  const { getWithToken, lines } = await startWithToken(tokenOf());
  await getWithToken('/current_time');
  expect(lines.find(({ event }) => event === 'http.request')).not.toHaveProperty('actors');
});

test('a token is never logged', async () => {
  const { get, getWithToken, lines } = await startWithToken({ active: false });
  await getWithToken('/current_time', 'secret-token');
  await get('/current_time?access_token=secret-token');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(lines)).not.toContain('secret-token');
});
