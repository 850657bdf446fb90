/** How the webapp answers when the API does not answer with the time. */
import { json, startUpstream } from 'shared/test/upstream.ts';
import { expectOutage, upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, test } from 'vitest';
import { startBetween, TIMES } from './webapp.ts';

describe('when the API', () => {
  test.each(upstreamFailures(TIMES.current_time))('$what, the answer is $statuses', async (failure) => {
    const { get, lines } = await startBetween({ api: await failure.start() });
    await expectOutage(await get('/current_time'), failure.statuses);
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'upstream.failed', upstream: 'resource server' }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/builder|qwerty|secret-token/);
  });

  test.each<[what: string, status: number, body: unknown]>([
    ['calls the request malformed', 400, { detail: 'The request is malformed.' }],
    ['gives a time that is malformed', 200, { current_time: 'noon' }],
    ['gives the answer of the other endpoint', 200, TIMES.epoch_time],
    ['refuses in HTML', 401, '<html>'],
  ])('%s, the answer is 502', async (_, status, body) => {
    const { base } = await startUpstream(json(body, status));
    const { get } = await startBetween({ api: base });
    await expectOutage(await get('/current_time'), [502]);
  });

  test.each([401, 403])('refuses with %i, the answer is the same with its reason', async (status) => {
    const { base } = await startUpstream(json({ detail: 'The token is revoked.', secret: 'x' }, status));
    const { get } = await startBetween({ api: base });
    const response = await get('/current_time');
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, detail: 'The token is revoked.' });
  });
});
