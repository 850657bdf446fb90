/** Mistakes of an API's author: what a guard is told that cannot be, and needs that say nothing or that nobody can meet. */
import { createGuard, type GuardOptions, type Need } from 'guard';
import { protect } from 'guard/express';
import type { IncomingRequest } from 'shared/oauth/incoming-request.ts';
import { serve } from 'shared/test/serve.ts';
import { describe, expect, test } from 'vitest';
import { RESOURCE, startApi, tokenOf } from './api-under-test.ts';
import { frameworks } from './frameworks.ts';

const mistakes: [what: string, need: Need][] = [
  ['an empty scope', { scope: '' }],
  ['a scope of spaces', { scope: ' ' }],
  ['a scope with quotation marks', { scope: 'read"' }],
  ['a scope with the end of a line', { scope: 'read\r\nSet-Cookie: a=b' }],
  ['a scope that is not ASCII', { scope: 'lire-été' }],
  ['scopes between commas', { scope: 'read,\twrite' }],
  ['no class of sign-ins', { acrValues: [] }],
  ['an empty class of sign-ins', { acrValues: ['mfa', ''] }],
  ['two classes of sign-ins in one', { acrValues: ['mfa phr'] }],
  ['a class of sign-ins with quotation marks', { acrValues: ['"mfa"'] }],
  ['a sign-in of less than no time ago', { maxAge: -1 }],
  ['a sign-in of a part of a second ago', { maxAge: 0.5 }],
  ['a sign-in of no number of seconds ago', { maxAge: Number.NaN }],
  ['a sign-in of any time ago', { maxAge: Number.POSITIVE_INFINITY }],
  // In JavaScript no compiler says so.
  ['a misspelt scope', { scopes: 'read' } as Need],
  ['a scope that is undefined', { scope: undefined } as object],
  ['scopes as a list', { scope: ['read'] as unknown as string }],
  ['a scope alone', 'read' as Need],
  ['no user, in another word', { user: false as unknown as 'optional' }],
  ['a class of sign-ins that is no list', { acrValues: 'mfa' as unknown as string[] }],
  ['an empty text', '' as Need],
  ['a list of scopes', ['read'] as Need],
];

describe('a call that needs', () => {
  const guard = createGuard({
    resource: RESOURCE,
    issuer: 'https://issuer.example',
    tokens: async () => tokenOf(),
  });
  const request: IncomingRequest = { method: 'GET', target: '/notes', header: () => [] };

  test.each(mistakes)(
    '%s is told of when the route is made, and is a defect of a single call',
    async (_, need) => {
      expect(() => guard.authorizerFor(need)).toThrow(TypeError);
      await expect(guard.authorize(request, need)).rejects.toThrow(TypeError);
    },
  );

  test.each<Need>([{}, { scope: 'https://api.example/read a:b' }, { acrValues: ['urn:mfa'], maxAge: 0 }])(
    '%o is none',
    async (need) => {
      expect(await guard.authorize(request, need)).toMatchObject({ ok: false, answer: { status: 401 } });
    },
  );
});

test.each(frameworks)('in %s no route is made that needs such a thing', async (_, start) => {
  await expect(startApi(start, tokenOf(), { scope: '' })).rejects.toThrow('scope: "" is no scope');
});

const credentials = { clientId: 'notes', clientSecret: 'secret' };

test.each<[what: string, message: string, options: object]>([
  ['a misspelt option', 'the guard has no member scope;', { scope: ['read'] }],
  ['no resource', 'resource: undefined is no', { resource: undefined }],
  ['no issuer', 'issuer: undefined is no', { issuer: undefined }],
  ['no secret', 'tokens.clientSecret is missing', { tokens: { ...credentials, clientSecret: undefined } }],
  ['an empty secret', 'tokens.clientSecret is missing', { tokens: { ...credentials, clientSecret: '' } }],
  ['a misspelt way of checking', 'tokens.verify must be', { tokens: { verify: 'local' } }],
  ['misspelt algorithms', 'tokens has no member alg;', { tokens: { verify: 'locally', alg: ['ES256'] } }],
  [
    'misspelt credentials, which must not turn into local verification,',
    'tokens has no member client_id; its members are clientId,',
    { tokens: { client_id: 'notes', client_secret: 'secret' } },
  ],
])('no guard is made of %s, and it says so', (_, message, options) => {
  const right = { resource: RESOURCE, issuer: 'https://issuer.example', tokens: credentials };
  expect(() => createGuard({ ...right, ...options })).toThrow(message);
  expect(() => createGuard(right)).not.toThrow();
});

test('in Express 4, which looks at no promise, a defect does not end the process', async () => {
  const guard = createGuard({
    resource: RESOURCE,
    issuer: 'https://issuer.example',
    tokens: async () => {
      throw new TypeError('a defect');
    },
  });
  const base = await serve((request, response) => {
    const asInExpress = Object.assign(request, { originalUrl: request.url ?? '' });
    void protect(guard)(asInExpress, response, (error) =>
      response.writeHead(error instanceof TypeError ? 500 : 200).end(),
    );
  });
  expect((await fetch(base, { headers: { authorization: 'Bearer a-token' } })).status).toBe(500);
});

test.each(['notes', 'urn:notes', 'notes.example/apis', 'ftp://notes.example', 'https://notes.example/#a'])(
  'no guard is made of the resource, the issuer or the base URL %s',
  (url) => {
    const options = { resource: RESOURCE, issuer: 'https://issuer.example', tokens: async () => tokenOf() };
    expect(() => createGuard({ ...options, resource: url })).toThrow(`${url} is no http or https URL`);
    expect(() => createGuard({ ...options, issuer: url })).toThrow(`${url} is no http or https URL`);
    expect(() => createGuard({ ...options, baseUrl: url })).toThrow(`${url} is no http or https URL`);
  },
);

describe('no guard is made', () => {
  const keys = { jwksUri: 'https://issuer.example/jwks' };
  test.each<[what: string, options: object]>([
    [
      'without an issuer, though its keys are known',
      { issuer: undefined, tokens: { verify: 'locally', ...keys } },
    ],
    ['of an empty issuer', { issuer: '', tokens: { verify: 'locally', ...keys } }],
    ['that would check tokens in no way that is known', { tokens: keys }],
    ['with a misspelt client', { tokens: { clientID: 'notes-api', clientSecret: 'a-secret' } }],
    ['for tokens that live no number of seconds', { tokens: { verify: 'locally', maxLifetime: Number.NaN } }],
    ['for tokens that live no time', { tokens: { verify: 'locally', maxLifetime: 0 } }],
  ])('%s', (_, options) => {
    const all = { resource: RESOURCE, issuer: 'https://issuer.example', ...options };
    expect(() => createGuard(all as GuardOptions)).toThrow(TypeError);
  });
});
