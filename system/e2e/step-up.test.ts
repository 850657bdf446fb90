/** Stepping up, from the API's challenge by the pages of the auth server back to the call of the webapp (RFC 9470). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Page, UserAgent } from '../../auth-server/test/support/user-agent.ts';
import { type System, startedSystem } from './system.ts';

/** How old a sign-in may be for the epoch time, in seconds. */
const MAX_AGE = 5;

/** A class that no user has. */
const UNREACHABLE = 'urn:example:retina';

let system: System;
beforeAll(async () => {
  system = await startedSystem({ STEP_UP: `epoch_time max_age=${MAX_AGE}; current_time acr=${UNREACHABLE}` });
});
afterAll(async () => {
  await system.stop();
});

/** A browser, and the authorization requests that it was sent to. */
function visitor() {
  const browser = new UserAgent(system.urls.authServer);
  const requests: URL[] = [];
  return {
    requests,
    call: (endpoint: string) =>
      follow(() => browser.open(`${system.urls.webapp}/${endpoint}?grant_type=authorization_code`)),
    /** Signs in on a page, and goes on from there. */
    signIn: (page: Page) =>
      follow(() => page.press('Sign in', { username: 'alice', password: 'wonderland' })),
  };

  async function follow(go: () => Promise<Page>): Promise<Page> {
    const page = await go();
    const { target } = page;
    if (target === undefined) return page;
    if (target.pathname === '/authorize') requests.push(target);
    return follow(() => browser.open(target));
  }
}

describe('a call that needs a recent sign-in', () => {
  test('has the user sign in, comes back to the call, and asks again when the sign-in is too old', async () => {
    const { call, signIn, requests } = visitor();
    const asked = await call('epoch_time');
    expect(asked.html).toContain('Sign in');
    expect(requests.map(({ searchParams }) => searchParams.get('max_age'))).toEqual([null, `${MAX_AGE}`]);
    const shown = await signIn(asked);
    expect(JSON.parse(shown.html)).toEqual({ epoch_time: expect.any(Number) });

    expect(JSON.parse((await call('epoch_time')).html)).toEqual({ epoch_time: expect.any(Number) });
    expect(requests).toHaveLength(3);

    await new Promise((resolve) => setTimeout(resolve, (MAX_AGE + 1) * 1_000));
    expect((await call('epoch_time')).html).toContain('Sign in');
  });

  test('is a fresh sign-in with each call by password', async () => {
    const answer = await fetch(`${system.urls.webapp}/epoch_time`);
    expect(await answer.json()).toEqual({ epoch_time: expect.any(Number) });
  });
});

describe('a call that needs a sign-in which nobody can reach', () => {
  test('ends with one question of the API, and with one refusal of the auth server', async () => {
    const { call, requests } = visitor();
    const refused = await call('current_time');
    expect(refused.response.status).toBe(403);
    expect(JSON.parse(refused.html)).toMatchObject({ error: 'unmet_authentication_requirements' });
    expect(requests.map(({ searchParams }) => searchParams.get('acr_values'))).toEqual([null, UNREACHABLE]);
  });

  test('is 403 by password, and says how to sign in', async () => {
    const answer = await fetch(`${system.urls.webapp}/current_time`);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      error: 'insufficient_user_authentication',
      acr_values: UNREACHABLE,
      detail: expect.stringContaining('?grant_type=authorization_code'),
    });
  });
});
