/** When the auth server gives neither a token nor a refusal, that is an outage and never a refused user. */

import { json, startUpstream } from 'shared/test/upstream.ts';
import { expectOutage, upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, test } from 'vitest';
import { basic, startBetween, TOKEN_RESPONSE } from './webapp.ts';

describe('when the auth server', () => {
  test.each(upstreamFailures(TOKEN_RESPONSE))('$what, the answer is $statuses', async (failure) => {
    const { get, lines, apiRequests } = await startBetween({ authServer: await failure.start() });
    await expectOutage(await get('/current_time', basic('alice:wonderland')), failure.statuses);
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'upstream.failed', upstream: 'auth server' }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/wonderland|qwerty|secret-token/);
    expect(apiRequests).toEqual([]);
  });
});

test.each(['', 'se\ufffdret', 'two words', 'new\nline'])(
  'a damaged token ("%s") is not used',
  async (access_token) => {
    const { base } = await startUpstream(json({ ...TOKEN_RESPONSE, access_token }));
    const { get, apiRequests } = await startBetween({ authServer: base });
    await expectOutage(await get('/current_time'), [502]);
    expect(apiRequests).toEqual([]);
  },
);
