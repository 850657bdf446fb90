/** How the webapp follows an API that asks for another sign-in (RFC 9470). */
import { type Answer, json } from 'shared/test/upstream.ts';
import { describe, expect, test } from 'vitest';
import { Browser, locationOf, startCodeFlow } from './authorization-server.ts';
import { basic, TIMES } from './webapp.ts';

const CALL = '/current_time?grant_type=authorization_code';
const ASKED = 'acr_values="urn:example:strong urn:example:pwd", max_age="60"';

/** An API that answers so many calls with a challenge, and then the time. */
function challenging(parameters: string, times = 1, scheme = 'Bearer'): Answer {
  let calls = 0;
  return (request, res) => {
    if (++calls > times) return json(TIMES.current_time)(request, res);
    res.writeHead(401, {
      'content-type': 'application/problem+json',
      'www-authenticate': `${scheme} error="insufficient_user_authentication", error_description="sign in, again", ${parameters}`,
    });
    res.end(JSON.stringify({ detail: 'The user has to sign in again.' }));
  };
}

/** Goes to the callback, which has led to the API's challenge. */
async function challenged(parameters: string, times = 1) {
  const system = await startCodeFlow({ api: challenging(parameters, times) });
  const browser = new Browser();
  const { begun, callback } = await system.begin(browser);
  const first = new URL(locationOf(begun)).searchParams;
  return { ...system, browser, first, callback, answer: await browser.get(callback) };
}

describe('a challenge of the API that asks for a sign-in', () => {
  test('is followed by an authorization request with its acr_values and max_age, and leads back to the call', async () => {
    const { answer, browser, first, issuer } = await challenged(ASKED);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const location = new URL(locationOf(answer));
    expect(location.origin + location.pathname).toBe(`${issuer}/authorize`);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      ...Object.fromEntries(first),
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      acr_values: 'urn:example:strong urn:example:pwd',
      max_age: '60',
    });
    const shown = await browser.visit(locationOf(answer));
    expect(await shown.json()).toEqual(TIMES.current_time);
  });

  test('gets a state, a code verifier and a cookie of its own, and the ones of the first request are gone', async () => {
    const { answer, browser, first, callback, redeemed } = await challenged(ASKED);
    const again = new URL(locationOf(answer)).searchParams;
    for (const name of ['state', 'code_challenge']) expect(again.get(name)).not.toBe(first.get(name));
    expect(browser.cookies.size).toBe(1);
    expect((await browser.get(callback)).status).toBe(400);
    expect(redeemed()).toHaveLength(1);
  });

  test('is followed with a new token for the call, and the first one is not used again', async () => {
    const { answer, browser, apiRequests } = await challenged(ASKED);
    await browser.visit(locationOf(answer));
    expect(apiRequests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret-token-1',
      'Bearer secret-token-2',
    ]);
  });

  test('keeps the format and the user of the first call', async () => {
    const { base, authorizationRequests } = await startCodeFlow({ api: challenging(ASKED) });
    const browser = new Browser();
    const answer = await browser.visit(`${base}${CALL}`, {
      accept: 'text/plain',
      ...basic('alice:wonderland'),
    });
    expect(await answer.text()).toBe(`${TIMES.current_time.current_time}\n`);
    expect(authorizationRequests).toMatchObject([{ login_hint: 'alice' }, { login_hint: 'alice' }]);
  });

  test.each([
    ['only acr_values', 'acr_values="urn:example:pwd"', { acr_values: 'urn:example:pwd', max_age: null }],
    ['only max_age', 'max_age="0"', { acr_values: null, max_age: '0' }],
    ['max_age without quotes', 'max_age=0', { acr_values: null, max_age: '0' }],
    ['names in capitals', 'MAX_AGE="5"', { acr_values: null, max_age: '5' }],
    ['a challenge behind it', 'max_age="5", DPoP algs="ES256"', { acr_values: null, max_age: '5' }],
  ])('is followed when it has %s', async (_, parameters, expected) => {
    const { answer } = await challenged(parameters);
    const asked = new URL(locationOf(answer)).searchParams;
    expect({ acr_values: asked.get('acr_values'), max_age: asked.get('max_age') }).toEqual(expected);
  });

  test('can only be followed by the browser that began the flow', async () => {
    const { answer } = await challenged(ASKED);
    const stranger = new Browser();
    expect((await stranger.visit(locationOf(answer))).status).toBe(400);
  });
});

describe('an API that asks again after the sign-in', () => {
  test('is 403 with what it asks for, and not another sign-in', async () => {
    const { answer, browser, authorizationRequests } = await challenged(ASKED, 2);
    const refused = await browser.visit(locationOf(answer));
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      status: 403,
      by: 'resource-server',
      error: 'insufficient_user_authentication',
      acr_values: 'urn:example:strong urn:example:pwd',
      max_age: 60,
    });
    expect(refused.headers.get('www-authenticate')).toBeNull();
    expect(authorizationRequests).toHaveLength(2);
    expect(browser.cookies.size).toBe(0);
  });
});

test('a sign-in that nobody can reach ends the flow with the error of the authorization server', async () => {
  const { visit, authorizationRequests } = await startCodeFlow({
    response: { code: undefined, error: 'unmet_authentication_requirements' },
  });
  const answer = await visit(CALL);
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ error: 'unmet_authentication_requirements' });
  expect(authorizationRequests).toHaveLength(1);
});

test.each([
  ['nothing that can be asked for', 'realm="x"'],
  ['empty acr_values', 'acr_values=""'],
  ['acr_values that never end', `acr_values="${'a'.repeat(501)}"`],
  ['acr_values of other characters', 'acr_values="a\tb"'],
  ['a max_age that is no number', 'max_age="soon"'],
  ['a negative max_age', 'max_age="-1"'],
  ['a max_age that never ends', `max_age="${'9'.repeat(10)}"`],
])('a challenge that asks for %s is 502, and nobody is sent anywhere', async (_, parameters) => {
  const { answer, lines, authorizationRequests } = await challenged(parameters);
  expect(answer.status).toBe(502);
  expect(answer.headers.get('location')).toBeNull();
  expect(authorizationRequests).toHaveLength(1);
  expect(JSON.stringify(lines)).toContain('asks for a sign-in that cannot be read');
});

test.each([
  ['another error', 'Bearer error="invalid_token", max_age="60"'],
  ['no error', 'Bearer max_age="60"'],
  ['the error as the text of another parameter', 'Bearer realm="error=insufficient_user_authentication"'],
  ['nothing', undefined],
  ['what is no challenge', '"insufficient_user_authentication'],
])('a 401 of the API with %s is a refusal as before', async (_, challenge) => {
  const { visit, authorizationRequests } = await startCodeFlow({
    api: (_request, res) => {
      res.writeHead(401, challenge === undefined ? {} : { 'www-authenticate': challenge });
      res.end(JSON.stringify({ detail: 'The token is refused.' }));
    },
  });
  const answer = await visit(CALL);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ detail: 'The token is refused.', by: 'resource-server' });
  expect(authorizationRequests).toHaveLength(1);
});

test('a call by password that is asked for another sign-in is 403, and says how to sign in', async () => {
  const { base } = await startCodeFlow({ api: challenging(ASKED) });
  const answer = await fetch(`${base}/current_time`, { headers: basic('alice:wonderland') });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({
    detail: expect.stringContaining('?grant_type=authorization_code'),
    error: 'insufficient_user_authentication',
    max_age: 60,
  });
  expect(answer.headers.get('www-authenticate')).toBeNull();
});

test('no token and no code is in what the browser gets on the way', async () => {
  const { answer } = await challenged(ASKED);
  const seen = JSON.stringify([[...answer.headers], await answer.text()]);
  expect(seen).not.toMatch(/secret-(token|code)/);
});
