/** An auth server that gives neither a token nor a refusal: an outage, never a refused user. */
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
