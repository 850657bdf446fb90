/** What the API's two endpoints answer to an authorized call. */
import { expect, test } from 'vitest';
import { RESOURCE, startWithToken, tokenOf } from './resource-server.ts';

const bothScopes = tokenOf({ scope: 'current_time epoch_time' });
const moment = Date.UTC(2026, 10, 22, 6, 11, 11, 999);

test('the current time is ISO 8601 in UTC with milliseconds', async () => {
  const { getWithToken } = await startWithToken(bothScopes, { clock: () => moment });
  const response = await getWithToken('/current_time');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toEqual({ current_time: '2026-11-22T06:11:11.999Z' });
});

test('the current time keeps its milliseconds when they are zero', async () => {
  const { getWithToken } = await startWithToken(bothScopes, { clock: () => moment - 999 });
  expect(await (await getWithToken('/current_time')).json()).toEqual({
    current_time: '2026-11-22T06:11:11.000Z',
  });
});

test('the epoch time is whole seconds, rounded down', async () => {
  const { getWithToken } = await startWithToken(bothScopes, { clock: () => moment });
  const response = await getWithToken('/epoch_time');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ epoch_time: (moment - 999) / 1000 });
});

test('the time is that of the call', async () => {
  const { getWithToken } = await startWithToken(bothScopes);
  const before = Date.now();
  const { current_time } = (await (await getWithToken('/current_time')).json()) as { current_time: string };
  expect(Date.parse(current_time)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(current_time)).toBeLessThanOrEqual(Date.now());
});

test.each(['/current_time', '/epoch_time'])('the answer of %s is never stored', async (path) => {
  const { getWithToken } = await startWithToken(bothScopes);
  expect((await getWithToken(path)).headers.get('cache-control')).toBe('no-store');
});

test('the token is introspected anew for each call', async () => {
  const { getWithToken, asked } = await startWithToken(bothScopes);
  await getWithToken('/current_time', 'first');
  await getWithToken('/epoch_time', 'first');
  expect(asked).toEqual(['first', 'first']);
});

test('an audience of several APIs that includes this one is accepted', async () => {
  const { getWithToken } = await startWithToken(tokenOf({ aud: ['https://other.example', RESOURCE] }));
  expect((await getWithToken('/current_time')).status).toBe(200);
});

test('the log has the client and the resource owner of an authorized call', async () => {
  const { getWithToken, lines } = await startWithToken(bothScopes);
  await getWithToken('/current_time');
  const line = lines.find(({ event }) => event === 'http.request');
  expect(line).toMatchObject({ path: '/current_time', status: 200, clientId: '1234', user: 'alice' });
});

test('an unknown path is 404 and a wrong method is 405 with Allow', async () => {
  const { base, get } = await startWithToken(bothScopes);
  const unknown = await get('/time');
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const wrong = await fetch(`${base}/current_time`, { method: 'POST' });
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD']);
});
