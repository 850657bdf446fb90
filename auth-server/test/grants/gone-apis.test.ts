/** What was allowed of APIs and scopes that are no more is left out of consents and grants when they are read. */
import { expect, test } from 'vitest';
import { type Api, plainText } from '../../src/core/apis/api.ts';
import { indexedApis } from '../../src/core/apis/apis.ts';
import { clockApi } from '../../src/core/apis/built-in-apis.ts';
import { withoutGoneApis } from '../../src/oidc/grants/gone-apis.ts';

const orders = 'https://orders.example.com';
const files = 'https://files.example.com';
const api = (resource: string, scopes: string[], since = 0): Api => ({
  ...clockApi(resource, 'ES256', {}),
  scopes: new Map(scopes.map((scope) => [scope, plainText(scope)])),
  since,
});

const given = {
  openid: { scope: 'openid email read write', claims: ['email'] },
  resources: { [orders]: 'read write', [files]: 'read' },
  rejected: { openid: { scope: 'pay' }, resources: { [orders]: 'pay' } },
};

test('what there still is stays', () => {
  const apis = indexedApis([api(orders, ['read', 'write', 'pay']), api(files, ['read'])]);
  expect(withoutGoneApis(given, apis)).toEqual(given);
});

test('a scope that is gone is left out, and stays where another API has it', () => {
  const apis = indexedApis([api(orders, ['write']), api(files, ['read'])]);
  expect(withoutGoneApis(given, apis)).toEqual({
    openid: { scope: 'openid email read write', claims: ['email'] },
    resources: { [orders]: 'write', [files]: 'read' },
    rejected: { openid: { scope: '' }, resources: {} },
  });
});

test('an API that is gone is left out with its scopes', () => {
  expect(withoutGoneApis(given, indexedApis([api(files, ['read'])]))).toMatchObject({
    openid: { scope: 'openid email read' },
    resources: { [files]: 'read' },
  });
});

test('an API that was defined after the user was asked is another one', () => {
  const apis = indexedApis([api(orders, ['read', 'write'], 1_000), api(files, ['read'], 1_000)]);
  const asked = { ...given, since: { [orders]: 999, [files]: 1_000 } };
  expect(withoutGoneApis(asked, apis)).toMatchObject({
    openid: { scope: 'openid email read' },
    resources: { [files]: 'read' },
  });
});
