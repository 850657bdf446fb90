/** Scopes that ask how the user has signed in (RFC 9470), in each framework. */
import { createGuard, type GuardOptions, type Need, type ScopeSignIn } from 'guard';
import { describe, expect, test } from 'vitest';
import { METADATA_URL, RESOURCE, startApi, tokenOf } from './api-under-test.ts';
import { frameworks, koa } from './frameworks.ts';

const error = 'insufficient_user_authentication';

/** The time of the guard, in seconds since the epoch. */
const NOW = 1_800_000_000;

const options: Partial<GuardOptions> = {
  clock: () => NOW * 1000,
  signIn: {
    pay: { acrValues: ['mfa', 'phr'], maxAge: 300 },
    refund: { acrValues: ['phr', 'hwk', 'mfa'], maxAge: 60 },
    close: { acrValues: ['hwk'] },
    look: { maxAge: 3600 },
  },
};

describe.each(frameworks)('in %s', (_, start) => {
  const call = async (facts: Parameters<typeof tokenOf>[0], need: Need) =>
    (
      await startApi(start, tokenOf({ scope: 'read pay refund close look', ...facts }), need, options)
    ).getWithToken();

  test.each<[what: string, facts: Parameters<typeof tokenOf>[0]]>([
    ['too long ago', { acr: 'mfa', auth_time: NOW - 301 }],
    ['in the future', { acr: 'mfa', auth_time: NOW + 3600 }],
    ['at an unknown time', { acr: 'mfa' }],
    ['in another way', { acr: 'pwd', auth_time: NOW }],
    ['in an unknown way', { auth_time: NOW }],
    ['in no way that is known, nor at a time', {}],
  ])(
    '§3: a user who signed in %s has to sign in again for a call that needs the scope',
    async (_what, facts) => {
      const { status, challenges, body } = await call(facts, { scope: 'pay' });
      expect(status).toBe(401);
      expect(challenges).toEqual([
        {
          scheme: 'Bearer',
          error,
          error_description: expect.any(String),
          acr_values: 'mfa phr',
          max_age: '300',
          resource_metadata: METADATA_URL,
        },
      ]);
      expect(body).toMatchObject({ status: 401, error });
    },
  );

  test('a user who signed in as the scope asks passes', async () => {
    expect((await call({ acr: 'phr', auth_time: NOW - 300 }, { scope: 'pay' })).status).toBe(200);
  });

  test('a scope that the token has and the call does not need asks for nothing', async () => {
    expect((await call({}, { scope: 'read' })).status).toBe(200);
    expect((await call({}, {})).status).toBe(200);
  });

  test('a missing scope is told before the sign-in that it asks for', async () => {
    const { status, challenges } = await call({ scope: 'read' }, { scope: 'read pay' });
    expect(status).toBe(403);
    expect(challenges).toMatchObject([{ error: 'insufficient_scope', scope: 'read pay' }]);
    expect(challenges[0]).not.toHaveProperty('max_age');
  });

  test("a client's own token has no sign-in, so the scope is for users", async () => {
    const { status, challenges } = await call({ sub: 'app' }, { scope: 'look', user: 'optional' });
    expect(status).toBe(401);
    expect(challenges).toMatchObject([{ error, max_age: '3600' }]);
  });
});

describe('everything that is asked for must be met:', () => {
  test.each<[need: Need, acr_values: string | undefined, max_age: string | undefined]>([
    [{ scope: 'pay refund' }, 'mfa phr', '60'],
    [{ scope: 'refund pay' }, 'phr mfa', '60'],
    [{ scope: 'look pay' }, 'mfa phr', '300'],
    [{ scope: 'read close' }, 'hwk', undefined],
    [{ scope: 'pay', maxAge: 10 }, 'mfa phr', '10'],
    [{ scope: 'pay', maxAge: 900 }, 'mfa phr', '300'],
    [{ scope: 'pay', acrValues: ['hwk', 'phr'] }, 'phr', '300'],
    [{ scope: 'look', acrValues: ['pwd'] }, 'pwd', '3600'],
    [{ scope: 'refund pay', acrValues: ['mfa', 'pwd', 'phr'] }, 'mfa phr', '60'],
    [{ scope: 'read', acrValues: ['pwd'], maxAge: 5 }, 'pwd', '5'],
  ])('%j', async (need, acr_values, max_age) => {
    const all = 'read pay refund close look';
    const { getWithToken } = await startApi(koa, tokenOf({ scope: all }), need, options);
    const [challenge] = (await getWithToken()).challenges;
    expect(challenge).toMatchObject({ error });
    expect([challenge?.acr_values, challenge?.max_age]).toEqual([acr_values, max_age]);
  });

  test('a class that only one of two scopes lists is not enough', async () => {
    const statusFor = async (acr: string) => {
      const token = tokenOf({ scope: 'pay refund', acr, auth_time: NOW });
      return (await (await startApi(koa, token, { scope: 'pay refund' }, options)).getWithToken()).status;
    };
    expect(await statusFor('hwk')).toBe(401);
    expect(await statusFor('phr')).toBe(200);
  });

  test('a scope may have the name of a member of every object', async () => {
    const { getWithToken } = await startApi(
      koa,
      tokenOf({ scope: 'constructor' }),
      { scope: 'constructor' },
      options,
    );
    expect((await getWithToken()).status).toBe(200);
  });
});

describe('no route is made that needs sign-ins which nobody can have at once,', () => {
  const api = { resource: RESOURCE, issuer: 'https://issuer.example', tokens: async () => tokenOf() };
  test.each<[need: Need, said: string]>([
    [{ scope: 'pay close' }, 'pay (mfa phr) and close (hwk)'],
    [{ scope: 'close', acrValues: ['pwd'] }, 'the call itself (pwd) and close (hwk)'],
    [
      { scope: 'pay refund', acrValues: ['hwk'] },
      'the call itself (hwk) and pay (mfa phr) and refund (phr hwk mfa)',
    ],
  ])('and the message names who asks: %j', async (need, said) => {
    const guard = createGuard({ ...api, ...options });
    const mistake = new TypeError(`acrValues: no class of sign-ins is good enough for ${said}`);
    expect(() => guard.authorizerFor(need)).toThrow(mistake);
    const request = { method: 'GET', target: '/notes', header: () => [] };
    await expect(guard.authorize(request, need)).rejects.toThrow(mistake);
  });
});

test.each<[what: string, message: string, signIn: unknown]>([
  [
    'a misspelt member',
    'signIn of read has no member max_age; its members are acrValues, maxAge',
    { read: { max_age: 5 } },
  ],
  ['no member', 'signIn of read asks for nothing', { read: {} }],
  ['members that are undefined', 'signIn of read asks for nothing', { read: { maxAge: undefined } }],
  ['nothing at all', 'signIn of read must be an object', { read: undefined }],
  ['a number', 'signIn of read must be an object', { read: 300 }],
  ['an empty list of classes', 'signIn of read: acrValues: []', { read: { acrValues: [] } }],
  ['an empty class', 'signIn of read: acrValues: [""]', { read: { acrValues: [''] } }],
  ['classes in one text', 'signIn of read: acrValues: "mfa"', { read: { acrValues: 'mfa' } }],
  ['two classes in one', 'signIn of read: acrValues: ["mfa phr"]', { read: { acrValues: ['mfa phr'] } }],
  ['a class that is no text', 'signIn of read: acrValues: [1]', { read: { acrValues: [1] } }],
  ['less than no time', 'signIn of read: maxAge: -1 is no number of seconds', { read: { maxAge: -1 } }],
  ['a time in words', 'signIn of read: maxAge: 5m is no number of seconds', { read: { maxAge: '5m' } }],
  ['a scope with a space', 'signIn: "read write" is no scope', { 'read write': { maxAge: 5 } }],
  ['a scope with quotation marks', 'signIn: "\\"read\\"" is no scope', { '"read"': { maxAge: 5 } }],
  ['an empty scope', 'signIn: "" is no scope', { '': { maxAge: 5 } }],
  ['a list', 'signIn of 0 must be an object', ['read']],
  ['null', 'signIn must be an object', null],
])('no guard is made whose scope asks for a sign-in by %s', (_, message, signIn) => {
  const api = { resource: RESOURCE, issuer: 'https://issuer.example', tokens: async () => tokenOf() };
  const making = () => createGuard({ ...api, signIn: signIn as ScopeSignIn });
  expect(making).toThrow(TypeError);
  expect(making).toThrow(message);
});

test('no guard is made whose sign-in is for a scope that its API does not have', () => {
  const api = { resource: RESOURCE, issuer: 'https://issuer.example', tokens: async () => tokenOf() };
  const making = () => createGuard({ ...api, scopes: ['read', 'pay'], signIn: { apy: { maxAge: 5 } } });
  expect(making).toThrow(new TypeError('signIn has no member apy; its members are read, pay'));
});
