/** The guard behind real proxies, with the configurations that the documents show. */
import { execFile } from 'node:child_process';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import { athOf, keyOf, signedProof } from 'shared/test/dpop.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandsOf, textOf } from '../e2e/documents/pages.ts';
import { type Everything, startEverything } from './harness/guarded.ts';
import { clientToken, delegatedToken, revoke, userToken } from './harness/issuer.ts';
import { PROXIES } from './harness/proxy.ts';

/** What a client may ask for so that the proxy, the guard and the API differ about the path. */
const TARGETS = [
  '/secret',
  '/orders/../secret',
  '/orders/./../secret',
  '/orders/..',
  '/orders/%2e%2e/secret',
  '/orders/%2E./secret',
  '/orders/..%2fsecret',
  '/orders/%2E%2E%2Fsecret',
  '/orders/..%5csecret',
  '/orders/..\\secret',
  '/orders/..;/secret',
  '/orders/..%3b/secret',
  '/orders/..%00/secret',
  '/orders//../../secret',
  '//orders/../secret',
  '/%6frders/..%2Fsecret',
  '/orders/1#/../../secret',
  '/orders/%252e%252e/1',
  '/ORDERS/../secret',
  'http://elsewhere.example/orders/../secret',
  'http://elsewhere.example/secret',
  '*',
  '/forward-auth/orders/1',
  '/guard',
  '/protected-resource-metadata',
];

const run = promisify(execFile);

let all: Everything;
beforeAll(async () => {
  all = await startEverything();
});
afterAll(() => all?.end());
beforeEach(() => void all.api.calls());

describe.each(PROXIES)('behind %s', (name) => {
  /** A token of alice for the API behind this proxy. */
  const tokenFor = (scope = 'orders:read') => userToken(all.issuer, all.behind[name].resource, scope);

  /** Sends a request as it is written here. */
  async function send(start: string, headers: string[] = [], to = all.behind[name].proxy.url) {
    const { host } = new URL(to);
    return parsed(await sendLines(to, `${start} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers));
  }
  const bearer = (token: string) => `Authorization: Bearer ${token}`;

  /** The header that tells who the user is, however it is spelt, in each call that reached the API. */
  const usersSeen = () => all.api.calls().map(({ header }) => header('x-auth-user'));

  test('a good token passes, and the API sees who calls, and no token', async () => {
    const answer = await send('GET /orders/1?a=b', [bearer(await tokenFor('orders:read orders:write'))]);
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('the orders') });
    const [call, ...more] = all.api.calls();
    expect(more).toEqual([]);
    expect(call).toMatchObject({ method: 'GET', target: '/orders/1?a=b' });
    expect(call?.header('x-auth-user')).toEqual(['alice']);
    expect(call?.header('x-auth-client')).toEqual(['orders-app']);
    expect(call?.header('x-auth-scope')).toEqual(['orders:read orders:write']);
    expect(call?.header('x-auth-actors')).toEqual(['-']);
    expect(call?.header('authorization')).toEqual([]);
  });

  test('the API sees who acts for the user, whatever the client says of that', async () => {
    const token = bearer(await delegatedToken(all.issuer, all.behind[name].resource));
    for (const forged of [[], ['X-Auth-Actors: -'], ['X-Auth-Actors:', 'Connection: close, X-Auth-Actors']]) {
      expect((await send('GET /orders/1', [token, ...forged])).status).toBe(200);
      const [call] = all.api.calls();
      const seen = ['user', 'client', 'actors'].map((fact) => call?.header(`x-auth-${fact}`));
      expect(seen).toEqual([['alice'], ['shop-api'], ['shop-api']]);
    }
  });

  test('the commands of the page get what it says', async () => {
    const [, section = ''] = textOf('docs/protect-an-api.md').split('## An API that cannot be changed');
    const commands = commandsOf(section).map((command) =>
      command
        .replaceAll('http://localhost:5001', all.issuer)
        .replaceAll('http://localhost:8080', all.behind[name].resource),
    );
    expect(commands).toHaveLength(3);
    const { stdout } = await run('bash', ['-c', commands.join('\n')]);
    expect([...stdout.matchAll(/^HTTP\/1.1 (\d+)/gm)].map(([, status]) => status)).toEqual(['401', '200']);
    expect(stdout).toMatch(/the orders$/);
  });

  describe('a client cannot smuggle an identity in:', () => {
    const attempts = [
      ['X-Auth-User: root'],
      ['x-auth-user: root', 'X-AUTH-USER: root'],
      ['X_Auth_User: root'],
      ['x_auth_user: root', 'x-auth_user: root', 'X_AUTH-USER: root'],
      ['Connection: X-Auth-User'],
      ['X-Auth-User: root', 'Connection: close, x-auth-user, X-Auth-Client'],
      ['X-Auth-User:\troot'],
      ['X-Auth-User: root', 'X-Auth-User:'],
      ['X-Auth-Client: root', 'X-Auth-Scope: root', 'X_Auth_Client: root', 'X_Auth_Scope: root'],
      ['X-Auth-Actors: orders-api'],
      ['X_Auth_Actors: orders-api', 'X_Auth-Actors: orders-api', 'x-auth_actors: orders-api'],
      ['Connection: X-Auth-Actors'],
      ['X-Auth-Actors: orders-api', 'Connection: close, x-auth-actors'],
    ];

    test.each(attempts)('%s', async (...headers) => {
      const sent = headers.filter((one): one is string => one !== undefined);
      const { status } = await send('GET /orders/1', [bearer(await tokenFor()), ...sent]);
      const calls = all.api.calls();
      // A proxy may also refuse such a request.
      expect(calls).toHaveLength(status === 200 ? 1 : 0);
      for (const { header } of calls) {
        expect(header('x-auth-user')).toEqual(['alice']);
        expect(header('x-auth-client')).toEqual(['orders-app']);
        expect(header('x-auth-scope')).toEqual(['orders:read']);
        expect(header('x-auth-actors')).toEqual(['-']);
      }
    });

    test('also not where clients may call for themselves', async () => {
      const { proxyForClients, resource } = all.behind[name];
      const token = bearer(await clientToken(all.issuer, resource));
      for (const headers of [[], ['X-Auth-User: root'], ['x_auth_user: root'], ['Connection: X-Auth-User']]) {
        const { status } = await send('GET /orders/1', [token, ...headers], proxyForClients.url);
        expect(usersSeen()).toEqual(status === 200 ? [['-']] : []);
        if (headers.length === 0) expect(status).toBe(200);
      }
    });

    test('in the trailer of a body', async () => {
      const chunked = ['Transfer-Encoding: chunked', 'Trailer: X-Auth-User'];
      const body = ['', '1', 'a', '0', 'X-Auth-User: root'];
      await send('GET /orders/1', [bearer(await tokenFor()), ...chunked, ...body]);
      for (const users of usersSeen()) expect(users).toEqual(['alice']);
    });
  });

  test('a client cannot answer for the proxy what a call needs', async () => {
    const read = bearer(await tokenFor());
    const itself = bearer(await clientToken(all.issuer, all.behind[name].resource));
    const [other] = PROXIES.filter((one) => one !== name);
    const { resource } = all.behind[other as typeof name];
    const elsewhere = bearer(await userToken(all.issuer, resource, 'orders:read'));
    const forged: [start: string, headers: string[]][] = [
      ['POST /orders/new', [read, 'Forward-Auth-Scope: orders:read', 'X-Forwarded-Method: GET']],
      ['POST /orders/new', [read, 'X-HTTP-Method-Override: GET', 'X-Original-Method: GET']],
      ['GET /orders/1', [itself, 'Forward-Auth-User: optional', 'Connection: Forward-Auth-User']],
      ['GET /orders/1', [elsewhere, `Forward-Auth-Resource: ${resource}`]],
      ['GET /secret', [read, 'X-Forwarded-Uri: /orders/1', 'X-Original-Uri: /orders/1']],
    ];
    const statuses = await Promise.all(
      forged.map(async ([start, headers]) => (await send(start, headers)).status),
    );
    expect(statuses.map((status) => Math.floor(status / 100))).toEqual(forged.map(() => 4));
    expect(all.api.calls()).toEqual([]);
  });

  describe('how the user must have signed in (RFC 9470)', () => {
    const forged = [
      { headers: [] },
      { headers: ['Forward-Auth-Acr: urn:time-chain:acr:pwd', 'Forward-Auth-Max-Age: 9999'] },
      { headers: ['Forward-Auth-Acr:', 'Forward-Auth-Max-Age:'] },
      { headers: ['Forward-Auth-Acr: a', 'Forward-Auth-Acr: b', 'Forward-Auth-Max-Age: nonsense'] },
      { headers: ['Connection: close, Forward-Auth-Acr, Forward-Auth-Max-Age'] },
      { headers: ['forward_auth_acr: urn:time-chain:acr:pwd', 'FORWARD_AUTH_MAX_AGE: 9999'] },
    ];
    /** A proxy may also refuse names with underscores. */
    const refusedAnyway = (status: number, headers: string[]) =>
      status === 400 && headers.join().includes('_');

    test.each(forged)('is asked by no client where the proxy does not ask: $headers', async ({ headers }) => {
      const { status } = await send('GET /orders/1', [bearer(await tokenFor()), ...headers]);
      const calls = all.api.calls();
      if (refusedAnyway(status, headers)) return expect(calls).toEqual([]);
      expect(status).toBe(200);
      expect(calls).toHaveLength(1);
    });

    test.each(forged)('is told by the proxy, and a client changes nothing: $headers', async ({ headers }) => {
      const sent = [bearer(await tokenFor()), ...headers];
      const answer = await send('GET /orders/1', sent, all.behind[name].proxyForSignIn.url);
      expect(all.api.calls()).toEqual([]);
      if (refusedAnyway(answer.status, headers)) return;
      expect(answer.status).toBe(401);
      const challenge = answer.headers.get('www-authenticate');
      expect(challenge).toMatch(/^Bearer error="insufficient_user_authentication"/);
      expect(challenge).toContain('acr_values="urn:example:mfa", max_age="60"');
    });
  });

  test('a call that may pass cannot become another one at the API', async () => {
    const others = [
      'X-HTTP-Method-Override',
      'X-HTTP-Method',
      'X-Method-Override',
      'X-Original-URL',
      'X-Rewrite-URL',
    ];
    const sent = others.map((header) => `${header}: /secret`);
    // Whatever follows an upgrade, such as calls over HTTP/2, nobody would check.
    const upgrades = ['h2c', 'H2C', 'websocket', 'h2c, websocket', 'websocket, h2c'];
    for (const upgrade of upgrades) {
      const headers = [
        `Upgrade: ${upgrade}`,
        'Connection: Upgrade, HTTP2-Settings',
        'HTTP2-Settings: AAMAAABk',
      ];
      const { status } = await send('GET /orders/1', [bearer(await tokenFor()), ...sent, ...headers]);
      const calls = all.api.calls();
      // A proxy may also refuse such a request.
      expect(calls).toHaveLength(status === 200 ? 1 : 0);
      for (const { header } of calls)
        expect(['Upgrade', ...others].flatMap((name) => header(name.toLowerCase()))).toEqual([]);
    }
  });

  describe('a call is refused, with the challenge,', () => {
    const challenge = (error: string) => expect.stringMatching(new RegExp(`^(Bearer|DPoP) error="${error}"`));

    test('without a token', async () => {
      const { status, headers } = await send('GET /orders/1');
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(
        /^Bearer (scope="[^"]+", )?resource_metadata="[^"]+", DPoP /,
      );
    });

    test.each<[what: string, token: () => Promise<string>]>([
      ['that is none', async () => 'nonsense'],
      ['that was revoked', async () => revoked(await tokenFor())],
      ['for another API', () => userToken(all.issuer, resourceOfAnother(), 'orders:read')],
      ['of a client for itself', () => clientToken(all.issuer, all.behind[name].resource)],
    ])('with a token %s', async (_, token) => {
      const { status, headers } = await send('GET /orders/1', [bearer(await token())]);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toEqual(challenge('invalid_token'));
    });

    test('without the scope, as 403', async () => {
      const { status, headers } = await send('GET /orders/1', [bearer(await tokenFor('orders:write'))]);
      expect(status).toBe(403);
      expect(headers.get('www-authenticate')).toEqual(challenge('insufficient_scope'));
      expect(headers.get('www-authenticate')).toContain('scope="orders:read"');
    });

    test('with a token in the query, or two tokens', async () => {
      const token = await tokenFor();
      const inQuery = await send(`GET /orders/1?access_token=${token}`, [bearer(token)]);
      expect(inQuery.status).toBe(401);
      expect(inQuery.headers.get('www-authenticate')).toEqual(challenge('invalid_request'));
      const twice = await send('GET /orders/1', [bearer('nonsense'), bearer(token)]);
      expect([400, 401]).toContain(twice.status);
    });

    async function revoked(token: string) {
      await revoke(all.issuer, token);
      return token;
    }
    function resourceOfAnother() {
      const [other] = PROXIES.filter((one) => one !== name);
      return all.behind[other as typeof name].resource;
    }

    beforeEach(() => () => expect(all.api.calls()).toEqual([]));
  });

  test('the challenge leads to the metadata of the API', async () => {
    const { headers } = await send('GET /orders/1');
    const [, url = ''] = /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ?? [];
    const answer = await fetch(url);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toMatchObject({
      resource: all.behind[name].resource,
      authorization_servers: [all.issuer],
    });
  });

  describe('no path is one to the guard and another to the API:', () => {
    test.each([
      ['without a token', () => []],
      ['with a token', async () => [bearer(await tokenFor())]],
      ['with a URI of its own', async () => [bearer(await tokenFor()), 'X-Forwarded-Uri: /orders/1']],
    ])('%s', async (_, headers) => {
      const sent = await headers();
      await Promise.all(TARGETS.map((target) => send(`GET ${target}`, sent)));
      const reached = all.api.calls().map(({ target }) => target);
      if (sent.length === 0) expect(reached).toEqual([]);
      const elsewhere = reached.filter((target) => !/^\/orders\//i.test(posix.normalize(decoded(target))));
      expect(elsewhere).toEqual([]);
    });

    test('a target may be a whole URL, in which the host counts for nothing', async () => {
      const target = 'GET http://elsewhere.example/orders/1';
      expect((await send(target)).status).toBeGreaterThanOrEqual(400);
      expect(all.api.calls()).toEqual([]);
      expect((await send(target, [bearer(await tokenFor())])).status).toBe(200);
      expect(all.api.calls()).toMatchObject([{ target: '/orders/1' }]);
    });

    /** A path as the most lenient server would read it. */
    function decoded(target: string): string {
      const [path = ''] = target.split(/[?#]/);
      return decodeURIComponent(path)
        .replaceAll('\\', '/')
        .replace(/[;\0][^/]*/g, '');
    }
  });

  test('a token that is bound to a key needs a proof for this very call (RFC 9449)', async () => {
    const { resource, proxyForClients } = all.behind[name];
    const key = await keyOf();
    const token = await clientToken(all.issuer, resource, key);
    const sendWith = async (claims: object) => {
      const proof = { htm: 'GET', htu: `${resource}/orders/1`, ath: athOf(token), ...claims };
      const headers = [`Authorization: DPoP ${token}`, `DPoP: ${await signedProof(key, proof)}`];
      return send('GET /orders/1?a=b', headers, proxyForClients.url);
    };
    expect((await sendWith({ jti: 'the-same' })).status).toBe(200);
    const [call] = all.api.calls();
    expect(call?.header('x-auth-client')).toEqual(['orders-job']);
    expect([...(call?.header('dpop') ?? []), ...(call?.header('authorization') ?? [])]).toEqual([]);
    for (const wrong of [{ jti: 'the-same' }, { htm: 'POST' }, { htu: `${resource}/orders/2` }]) {
      const { status, headers } = await sendWith(wrong);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof"/);
    }
    expect((await send('GET /orders/1', [bearer(token)], proxyForClients.url)).status).toBe(401);
    expect(all.api.calls()).toEqual([]);
  });

  test('HEAD is read like GET; OPTIONS passes no sooner than other calls', async () => {
    const token = bearer(await tokenFor());
    expect(await send('HEAD /orders/1', [token])).toMatchObject({ status: 200, body: '' });
    expect(all.api.calls()).toMatchObject([{ method: 'HEAD' }]);
    const preflight = ['Origin: https://app.example', 'Access-Control-Request-Method: GET'];
    for (const headers of [preflight, [token, ...preflight]]) {
      expect((await send('OPTIONS /orders/1', headers)).status).toBeGreaterThanOrEqual(400);
    }
    expect(all.api.calls()).toEqual([]);
  });

  if (name === 'envoy') return;
  // The configuration of Envoy has only what is read.
  test('a body reaches the API once, when its call may pass', async () => {
    const body = 'an order '.repeat(1_000);
    const post = (token: string, init: RequestInit) =>
      fetch(`${all.behind[name].proxy.url}/orders/new`, {
        ...init,
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
    const write = await tokenFor('orders:write');
    expect((await post(write, { body })).status).toBe(200);
    expect(all.api.calls()).toMatchObject([{ method: 'POST', body }]);
    // Without a Content-Length.
    expect((await post(write, { body: new Blob([body]).stream(), duplex: 'half' })).status).toBe(200);
    expect(all.api.calls()).toMatchObject([{ method: 'POST', body }]);
    expect((await post(await tokenFor(), { body })).status).toBe(403);
    expect(all.api.calls()).toEqual([]);
  });
});
