/** The sub-requests of Envoy's ext_authz, which are themselves like the calls, with a prefix before the path. */

import { athOf, keyOf } from 'shared/test/dpop.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { proofBy } from './dpop.ts';
import { asked, ORDERS, startForwardAuth } from './forward-auth-server.ts';
import { challengeOf } from './resource-server.ts';

const envoys = { 'x-forwarded-method': undefined, 'x-forwarded-uri': undefined };

describe('the method and the path of the sub-request are those of the call:', () => {
  test.each([
    ['GET', '/orders/1'],
    ['POST', '/orders?a=b'],
    ['PURGE', '/'],
    ['OPTIONS', '/orders/1'],
    ['DELETE', '//orders/../1'],
  ])('%s %s', async (method, path) => {
    const key = await keyOf();
    const { base } = await startForwardAuth({ cnf: { jkt: key.jkt } });
    const ask = async (htm: string, htu: string) => {
      const dpop = await proofBy(key, { htm, htu, ath: athOf('a-token') });
      const lines = Object.entries(asked({ ...envoys, authorization: 'DPoP a-token', dpop }));
      const request = [`${method} /forward-auth${path} HTTP/1.1`, 'Host: localhost', 'Connection: close'];
      return parsed(await sendLines(base, ...request, ...lines.map((line) => line.join(': '))));
    };
    expect((await ask(method, ORDERS + path)).status).toBe(200);
    expect((await ask('PUT', ORDERS + path)).status).toBe(401);
    expect((await ask(method, `${ORDERS}/forward-auth${path}`)).status).toBe(401);
  });
});

test('X-Forwarded-Method and X-Forwarded-Uri, which a client may have sent, are not looked at', async () => {
  const { get } = await startForwardAuth();
  const forged = asked({ 'x-forwarded-uri': '/orders/1' });
  const answer = await get('/forward-auth/orders/1?access_token=a-token', forged);
  expect(answer.status).toBe(401);
  expect(challengeOf(answer)).toMatchObject({ error: 'invalid_request' });
  const key = await keyOf();
  const bound = await startForwardAuth({ cnf: { jkt: key.jkt } });
  const dpop = await proofBy(key, { htu: `${ORDERS}/orders/1`, ath: athOf('a-token') });
  const elsewhere = { ...forged, authorization: 'DPoP a-token', dpop };
  expect((await bound.get('/forward-auth/orders/2', elsewhere)).status).toBe(401);
});

test.each(['-metadata', '?a=b', '*', ''])(
  'no call has a path (%s) behind which something else than its question is',
  async (path) => {
    const { get } = await startForwardAuth();
    const answer = await get(`/forward-auth${path}`, asked(envoys));
    expect(answer.ok).toBe(false);
  },
);

test('the log has the path of the call, without its query', async () => {
  const { get, lines } = await startForwardAuth();
  expect((await get('/forward-auth/orders/1?secret=1', asked(envoys))).status).toBe(200);
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'http.request', path: '/forward-auth/orders/1', user: 'alice' }),
  );
  expect(JSON.stringify(lines)).not.toContain('secret');
});
