/** When the auth server does not say whether a token is good, the answer is never 401 and never the time. */
import { json, startUpstream } from 'shared/test/upstream.ts';
import { expectOutage, upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, test } from 'vitest';
import { startResourceServer, tokenOf } from './resource-server.ts';

describe('when the auth server', () => {
  test.each(upstreamFailures(tokenOf()))('$what, the answer is $statuses', async ({ start, statuses }) => {
    const { getWithToken, lines } = await startResourceServer({ ISSUER: await start() });
    await expectOutage(await getWithToken('/current_time', 'secret-token'), statuses);
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'upstream.failed', upstream: 'auth server' }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/secret-token|asdfgh/);
  });

  test.each<[what: string, status: number, body: unknown]>([
    ['refuses the resource server', 401, { error: 'invalid_client' }],
    ['says that the request is wrong', 400, { error: 'invalid_request' }],
    ['says active as a string', 200, { ...tokenOf(), active: 'true' }],
    ['does not say whether the token is active', 200, { ...tokenOf(), active: undefined }],
    ['gives a subject that is no text', 200, { ...tokenOf(), sub: 7 }],
    ['gives an audience that is no text', 200, { ...tokenOf(), aud: [{}] }],
    ['answers with a list', 200, [tokenOf()]],
  ])('%s, the answer is 502', async (_, status, body) => {
    const { base } = await startUpstream(json(body, status));
    const { getWithToken } = await startResourceServer({ ISSUER: base });
    await expectOutage(await getWithToken('/current_time'), [502]);
  });
});

test('the auth server is asked twice at most, however it fails', async () => {
  const { base, received } = await startUpstream(json({}, 503));
  const { getWithToken } = await startResourceServer({ ISSUER: base });
  await getWithToken('/current_time');
  expect(received).toHaveLength(2);
});

test('calls succeed again as soon as the auth server does', async () => {
  let status = 503;
  const { base } = await startUpstream((request, res) => json(tokenOf(), status)(request, res));
  const { getWithToken } = await startResourceServer({ ISSUER: base });
  expect((await getWithToken('/current_time')).status).toBe(503);
  status = 200;
  expect((await getWithToken('/current_time')).status).toBe(200);
});
