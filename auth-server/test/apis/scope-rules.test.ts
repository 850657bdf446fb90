/** Which scopes and APIs a request is about, as tables. */
import { describe, expect, test } from 'vitest';
import { type Api, plainText } from '../../src/core/apis/api.ts';
import { indexedApis } from '../../src/core/apis/apis.ts';
import { withKnownScope } from '../../src/core/apis/known-scopes.ts';
import { type Asking, allowedScopes, apisOf, decideScope } from '../../src/core/apis/scopes.ts';
import { standing } from '../../src/core/apis/standing-tokens.ts';
import { demoClient } from '../../src/core/clients/built-in-clients.ts';

/** An API with the identifier `https://NAME.example`. */
function api(name: string, scopes: string[], more: Partial<Api> = {}): Api {
  return {
    resource: `https://${name}.example`,
    name: plainText(name),
    scopes: new Map(scopes.map((scope) => [scope, plainText(scope)])),
    defaultScopes: [],
    accessTokenTtl: 5,
    accessTokenFormat: 'jwt',
    signingAlg: 'ES256',
    resourceServers: new Set(),
    exchange: [],
    tokensFor: new Set(['user', 'client']),
    isListed: true,
    administers: false,
    since: 0,
    origin: 'file',
    ...more,
  };
}

const a = api('a', ['a:read', 'a:write', 'read'], { defaultScopes: ['a:read'] });
const b = api('b', ['b:read', 'read']);
const ofUsers = api('users', ['u:read', 'read2'], { tokensFor: new Set(['user']) });
const ofClients = api('clients', ['c:read', 'read2'], { tokensFor: new Set(['client']) });
const admin = api('admin', ['users:read', 'read'], { administers: true, defaultScopes: ['users:read'] });
const apis = indexedApis([a, b, ofUsers, ofClients, admin]);
const all = 'openid a:read a:write read b:read u:read c:read read2 users:read';

const asks = (scope: string | undefined, more: Partial<Asking> = {}): Asking => ({
  scope,
  admin: false,
  kind: 'user',
  ...more,
});

describe('a client may ask an API', () => {
  test.each<[string, Api, Asking, string[]]>([
    ['for the scopes of its registration', a, asks('read b:read a:write'), ['read', 'a:write']],
    ['for the default scopes, without a registered scope', a, asks(undefined), ['a:read']],
    ['for nothing, without a registered scope or default scopes', b, asks(undefined), []],
    ['for nothing, with a registration for other APIs', b, asks('a:read'), []],
    ['for nothing, with an empty registration', a, asks(''), []],
    ['for nothing, when there are no tokens of this kind', ofClients, asks(all), []],
    ['for nothing that administers', admin, asks(all), []],
    [
      'for what administers, if the operator says so',
      admin,
      asks(all, { admin: true }),
      ['read', 'users:read'],
    ],
  ])('%s', (_what, of, client, expected) => {
    expect([...allowedScopes(of, client)].sort()).toEqual([...expected].sort());
  });
});

describe('a request that names no API', () => {
  test.each<[string, string | undefined, Asking, Api[] | string]>([
    ['names one by its scope', 'b:read', asks(all), [b]],
    ['names two by their scopes', 'a:read b:read', asks(all), [a, b]],
    ['names none by scopes of OpenID Connect', 'openid', asks(all), []],
    ['names none by a scope that no API has', 'nothing', asks(all), []],
    ['names none by a scope that its client may not ask for', 'b:read', asks('a:read'), []],
    ['is unclear when two APIs have the scope', 'read', asks(all), 'several_apis'],
    ['is clear when only one of the two lets the client ask for it', 'read2', asks(all), [ofUsers]],
    ['is clear by the kind of the token', 'read2', asks(all, { kind: 'client' }), [ofClients]],
    ['names the default scopes of an API', 'a:read', asks(undefined), [a]],
    ['names no other scopes without a registration', 'b:read', asks(undefined), []],
    ['names what administers by its scope', 'users:read', asks(all, { admin: true }), [admin]],
    ['and no scope is about the only API', undefined, asks('a:write a:read'), [a]],
    ['and no scope is about the only API with default scopes', undefined, asks(undefined), [a]],
    ['and no scope is unclear when there are two', undefined, asks('a:write b:read'), 'several_apis'],
    ['and no scope is unclear when two have the only scope', undefined, asks('read'), 'several_apis'],
    ['and no scope never administers', undefined, asks('a:read users:read', { admin: true }), [a]],
    ['and no scope is about none when there is none', undefined, asks('users:read', { admin: true }), []],
  ])('%s', (_what, requested, client, expected) => {
    const result = apisOf(requested, client, apis);
    expect(result.ok ? result.value : result.refusal.reason).toEqual(expected);
  });
});

describe('a request for', () => {
  test.each<[string, string | undefined, Api[], Asking, string]>([
    ['a scope gets it', 'a:read', [a], asks(all), 'a:read'],
    ['one twice gets it once', 'a:read a:read', [a], asks(all), 'a:read'],
    ['no scope gets all that the client may ask for', undefined, [b], asks(all), 'read b:read'],
    ['a scope of another API is refused', 'b:read', [a], asks(all), 'scope_elsewhere b:read'],
    [
      'a scope that its client may not ask for is refused',
      'a:write',
      [a],
      asks('a:read'),
      'scope_elsewhere a:write',
    ],
    ['a scope that does not exist is refused', 'nothing', [a], asks(all), 'unknown_scope nothing'],
    ['a scope that does not exist is ignored beside openid', 'openid nothing', [], asks(all), 'openid'],
    [
      'a scope elsewhere is not ignored beside openid',
      'openid b:read',
      [a],
      asks(all),
      'scope_elsewhere b:read',
    ],
    [
      "openid is unknown in a client's own token",
      'openid',
      [a],
      asks(all, { kind: 'client' }),
      'unknown_scope openid',
    ],
    ['openid does not open an API that is closed', 'openid', [admin], asks(all), 'no_scope'],
    ['two APIs is refused if one is closed', 'a:read', [a, admin], asks(all), 'no_scope'],
    ['no scope of a closed API is refused', undefined, [admin], asks(all), 'no_scope'],
    ['no scope of two APIs is refused if one is closed', undefined, [a, admin], asks(all), 'no_scope'],
  ])('%s', (_what, requested, named, client, expected) => {
    const result = decideScope(requested, named, client, apis);
    const { reason = '', scope = '' } = result.ok ? {} : result.refusal;
    expect(result.ok ? result.value : `${reason} ${scope}`.trim()).toBe(expected);
  });
});

test.each([
  ['a:read b:read openid', 'a:read b:read openid'],
  ['a:read gone', 'a:read'],
  ['gone', 'offline_access'],
])('of the registered scope %s, %s is left', (scope, left) => {
  expect(withKnownScope({ ...demoClient, scope }, apis).scope).toBe(left);
});

describe('an index of APIs', () => {
  test('finds one however it is spelt, and keeps the first of two that are one', () => {
    const twice = indexedApis([a, { ...b, resource: 'HTTPS://A.example:443/' }, ofUsers]);
    expect(twice.all).toEqual([a, ofUsers]);
    for (const spelt of ['https://a.example', 'https://a.example/', 'HTTPS://A.example:443']) {
      expect(twice.find(spelt)).toBe(a);
    }
    for (const other of ['https://a.example/x', 'a', '']) expect(twice.find(other)).toBeUndefined();
  });

  test.each<[string, Api[], Api[], Api[]]>([
    ['read', [a, b, admin], [a, b, admin], []],
    ['a:read', [a], [a], [a]],
    ['u:read', [ofUsers], [], []],
    ['users:read', [admin], [admin], [admin]],
    ['__proto__', [], [], []],
  ])('knows which APIs have the scope %s', (scope, having, ofClient, byDefault) => {
    expect(apis.withScope(scope)).toEqual(having);
    expect(apis.offering(scope, 'client')).toEqual(ofClient);
    expect(apis.offeringByDefault(scope, 'client')).toEqual(byDefault);
    expect(apis.openByDefault('client')).toEqual([a, admin]);
  });
});

describe('a token', () => {
  test.each<[string, { iat: number; scope?: string }, boolean]>([
    ['with scopes that there are stands', { iat: 100, scope: 'a:read read' }, true],
    ['with scopes of OpenID Connect, too, stands', { iat: 100, scope: 'openid a:read' }, true],
    ['without a scope stands', { iat: 100 }, true],
    ['with a scope that is gone does not stand', { iat: 100, scope: 'a:read a:gone' }, false],
    ['of an earlier API with the identifier does not stand', { iat: 99, scope: 'a:read' }, false],
  ])('%s', (_what, issued, expected) => {
    expect(standing(issued, { ...a, since: 100 })).toBe(expected);
  });
});
