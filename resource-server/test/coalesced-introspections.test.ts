/** Concurrent introspections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, form, json, startUpstream } from 'shared/test/upstream.ts';
import { expect, test } from 'vitest';
import { startResourceServer, tokenOf } from './resource-server.ts';

const after =
  (ms: number, answer: Answer): Answer =>
  (request, res) =>
    void setTimeout(() => answer(request, res), ms);

async function start(answer: Answer) {
  const { base, received } = await startUpstream(answer);
  const server = await startResourceServer({ ISSUER: base });
  const statusOf = async (token: string, headers: Record<string, string> = {}) =>
    (await server.get('/current_time', { authorization: `Bearer ${token}`, ...headers })).status;
  return { statusOf, received };
}

test('concurrent introspections of one token share one call', async () => {
  const { statusOf, received } = await start(after(50, json(tokenOf())));
  const statuses = await Promise.all(Array.from({ length: 10 }, () => statusOf('a')));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(received).toHaveLength(1);
});

test('introspections of different tokens share no call', async () => {
  const { statusOf, received } = await start((request, res) =>
    after(50, json(form(request).token === 'good' ? tokenOf() : { active: false }))(request, res),
  );
  expect(await Promise.all([statusOf('good'), statusOf('bad'), statusOf('good')])).toEqual([200, 401, 200]);
  expect(received).toHaveLength(2);
});

test('concurrent introspections share a fault, and the next one makes a new call', async () => {
  const answers = [after(50, json({}, 500)), json(tokenOf())];
  const { statusOf, received } = await start((request, res) => answers.shift()?.(request, res));
  expect(await Promise.all([statusOf('a'), statusOf('a'), statusOf('a')])).toEqual([502, 502, 502]);
  expect(await statusOf('a')).toBe(200);
  expect(received).toHaveLength(2);
});

test('an introspection does not share a call that began much earlier', async () => {
  const answers = [after(400, json(tokenOf())), json({ active: false })];
  const { statusOf, received } = await start((request, res) => answers.shift()?.(request, res));
  const early = statusOf('a');
  // The token is revoked now, while the answer to the first call is still on its way.
  await sleep(200);
  expect(await statusOf('a')).toBe(401);
  expect(await early).toBe(200);
  expect(received).toHaveLength(2);
});

test('an introspection does not share a call with a much shorter deadline', async () => {
  const { statusOf, received } = await start(after(300, json(tokenOf())));
  const hurried = statusOf('a', { 'x-request-timeout-ms': '100' });
  await expect.poll(() => received.length).toBe(1);
  expect(await statusOf('a')).toBe(200);
  expect(await hurried).toBe(504);
  expect(received).toHaveLength(2);
});
