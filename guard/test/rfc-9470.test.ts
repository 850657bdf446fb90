/** Calls that need a certain sign-in (RFC 9470), in each framework. */
import type { Introspection, Need } from 'guard';
import { keyOf } from 'shared/test/dpop.ts';
import { describe, expect, test } from 'vitest';
import { METADATA_URL, startApi, tokenOf } from './api-under-test.ts';
import { ALGS, proofBy } from './dpop.ts';
import { frameworks } from './frameworks.ts';

const error = 'insufficient_user_authentication';
const error_description = expect.any(String);
const resource_metadata = METADATA_URL;

/** The time of the guard, in seconds since the epoch. */
const NOW = 1_800_000_000;
const options = { clock: () => NOW * 1000 };

describe.each(frameworks)('in %s', (_, start) => {
  test.each<[what: string, facts: Parameters<typeof tokenOf>[0], need: Need, parameters: object]>([
    ['too long ago', { auth_time: NOW - 301 }, { maxAge: 300 }, { max_age: '300' }],
    ['before this very second', { auth_time: NOW - 1 }, { maxAge: 0 }, { max_age: '0' }],
    ['at an unknown time', {}, { maxAge: 300 }, { max_age: '300' }],
    ['at a time in milliseconds', { auth_time: NOW * 1000 }, { maxAge: 300 }, { max_age: '300' }],
    ['at no number', { auth_time: Number.NaN }, { maxAge: 300 }, { max_age: '300' }],
    ['never to end', { auth_time: Number.POSITIVE_INFINITY }, { maxAge: 300 }, { max_age: '300' }],
    ['in another way', { acr: 'pwd' }, { acrValues: ['mfa', 'phr'] }, { acr_values: 'mfa phr' }],
    ['in a way in other letters', { acr: 'MFA' }, { acrValues: ['mfa'] }, { acr_values: 'mfa' }],
    ['in a way that is a list', { acr: 'mfa phr' }, { acrValues: ['mfa', 'phr'] }, { acr_values: 'mfa phr' }],
    ['in an unknown way', {}, { acrValues: ['mfa'] }, { acr_values: 'mfa' }],
    [
      'in time and in another way',
      { acr: 'pwd', auth_time: NOW },
      { acrValues: ['mfa'], maxAge: 5 },
      { acr_values: 'mfa', max_age: '5' },
    ],
    [
      'in the right way and too long ago',
      { acr: 'mfa', auth_time: NOW - 6 },
      { acrValues: ['mfa'], maxAge: 5 },
      { acr_values: 'mfa', max_age: '5' },
    ],
  ])('§3: a user who signed in %s has to sign in again', async (_what, facts, need, parameters) => {
    const { getWithToken, passed } = await startApi(start, tokenOf(facts), need, options);
    const { status, challenges, body, headers } = await getWithToken();
    expect(status).toBe(401);
    expect(challenges).toEqual([
      { scheme: 'Bearer', error, error_description, ...parameters, resource_metadata },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ title: 'Unauthorized', status: 401, error });
    expect(passed).toEqual([]);
  });

  test("§3: a client's own token has no sign-in", async () => {
    const { getWithToken } = await startApi(start, tokenOf({ sub: 'app' }), {
      user: 'optional',
      maxAge: 300,
    });
    const { status, challenges } = await getWithToken();
    expect(status).toBe(401);
    expect(challenges).toMatchObject([{ error, max_age: '300' }]);
  });

  test('§3: the challenge for a bound token is one for DPoP', async () => {
    const key = await keyOf();
    const { get } = await startApi(start, tokenOf({ cnf: { jkt: key.jkt } }), { acrValues: ['mfa'] });
    const { status, challenges } = await get({ authorization: 'DPoP a-token', dpop: await proofBy(key) });
    expect(status).toBe(401);
    expect(challenges).toEqual([
      { scheme: 'DPoP', error, error_description, acr_values: 'mfa', algs: ALGS, resource_metadata },
    ]);
  });

  test('§3: a missing scope is told first, since a new sign-in would not bring it', async () => {
    const { getWithToken } = await startApi(start, tokenOf(), { scope: 'write', maxAge: 300 });
    const { status, challenges } = await getWithToken();
    expect(status).toBe(403);
    expect(challenges).toMatchObject([{ error: 'insufficient_scope', scope: 'write' }]);
  });

  test('§3: an inactive token is invalid_token, whatever the call needs', async () => {
    const { getWithToken } = await startApi(start, { active: false }, { acrValues: ['mfa'], maxAge: 0 });
    const { challenges } = await getWithToken();
    expect(challenges).toEqual([
      { scheme: 'Bearer', error: 'invalid_token', error_description, resource_metadata },
    ]);
  });

  test.each<[what: string, introspection: Introspection, need: Need]>([
    ['just in time', tokenOf({ auth_time: NOW - 300 }), { maxAge: 300 }],
    ['this very second', tokenOf({ auth_time: NOW }), { maxAge: 0 }],
    ['by a clock that is ahead a little', tokenOf({ auth_time: NOW + 30 }), { maxAge: 0 }],
    ['in one of the ways', tokenOf({ acr: 'phr' }), { acrValues: ['mfa', 'phr'] }],
    [
      'in time and in the right way',
      tokenOf({ acr: 'mfa', auth_time: NOW }),
      { acrValues: ['mfa'], maxAge: 5 },
    ],
  ])('a user who signed in %s passes', async (_what, introspection, need) => {
    const { getWithToken } = await startApi(start, introspection, need, options);
    expect((await getWithToken()).status).toBe(200);
  });
});
