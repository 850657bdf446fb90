/** Proxies in front of the server: X-Forwarded-* is believed only from those that the operator names. */
import { faultsOf } from 'shared/test/faults-of.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/config.ts';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import { acceptAnyone } from '../../src/stores/accept-anyone.ts';
import { startAuthServer, webapp } from '../support/auth-server.ts';
import { authorizationUrl, thirdParty } from '../support/code-flow.ts';

const discovery = '/.well-known/openid-configuration';
const publicHost = 'auth.example';
const asForwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': publicHost,
  'x-forwarded-for': '192.0.2.1',
};

/** Starts a server whose issuer is not its address, and answers the address. */
async function start(environment: Record<string, string>): Promise<string> {
  return (await startAuthServer(environment)).issuer;
}

async function ask(base: string, headers: Record<string, string>) {
  const response = await fetch(`${base}${discovery}`, { headers });
  return { status: response.status, body: await response.text() };
}

describe.each(['127.0.0.1', '10.1.2.3, 127.0.0.0/8', '::1,127.0.0.1'])(
  'behind a trusted proxy at %s',
  (proxies) => {
    const environment = { ISSUER: `https://${publicHost}`, ALLOWED_HOSTS: '', TRUSTED_PROXIES: proxies };

    test('endpoints are named by the host and the scheme that the proxy was asked with', async () => {
      const { status, body } = await ask(await start(environment), asForwarded);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        issuer: `https://${publicHost}`,
        token_endpoint: `https://${publicHost}/token`,
        authorization_endpoint: `https://${publicHost}/authorize`,
      });
    });

    test.each(['evil.example', '127.0.0.1', 'auth.example.evil.example', 'evil.example, auth.example'])(
      'the forwarded host %s is refused',
      async (host) => {
        const { status, body } = await ask(await start(environment), {
          ...asForwarded,
          'x-forwarded-host': host,
        });
        expect(status).toBe(421);
        expect(body).not.toContain('evil.example');
      },
    );
  },
);

describe.each(['', '10.1.2.3', '127.0.0.2/32', '::1'])(
  'without trust in 127.0.0.1, as with "%s",',
  (proxies) => {
    const environment = proxies === '' ? {} : { TRUSTED_PROXIES: proxies };

    test('forwarded headers are ignored', async () => {
      const { issuer } = await startAuthServer(environment);
      const { status, body } = await ask(issuer, asForwarded);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ issuer, token_endpoint: `${issuer}/token` });
      expect(body).not.toContain(publicHost);
    });

    test('an allowed forwarded host does not help a request for a foreign host', async () => {
      const { issuer } = await startAuthServer({ ...environment, ALLOWED_HOSTS: publicHost });
      const answer = await sendLines(
        issuer,
        `GET ${discovery} HTTP/1.1`,
        'Host: evil.example',
        `X-Forwarded-Host: ${publicHost}`,
        'Connection: close',
      );
      expect(parsed(answer).status).toBe(421);
    });
  },
);

describe('cookies', () => {
  const cookiesOf = async (base: string, headers: Record<string, string>) => {
    const url = authorizationUrl(base, thirdParty);
    const { headers: answered } = await fetch(url, { redirect: 'manual', headers });
    return answered.getSetCookie();
  };

  test.each([['auth.example'], ['[::1]:8443']])('are Secure when the issuer is https://%s', async (host) => {
    const environment = { ISSUER: `https://${host}`, TRUSTED_PROXIES: '127.0.0.1' };
    const base = await start(environment);
    const cookies = await cookiesOf(base, { ...asForwarded, 'x-forwarded-host': host });
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/; secure/i);
  });

  test('are not Secure when the issuer is http, because browsers would not send them back', async () => {
    const { issuer } = await startAuthServer();
    for (const cookie of await cookiesOf(issuer, {})) expect(cookie).not.toMatch(/; secure/i);
  });
});

test('a proxy that does not forward https does not make an https issuer name http endpoints', async () => {
  const base = await start({ ISSUER: `https://${publicHost}`, TRUSTED_PROXIES: '127.0.0.1' });
  const { body } = await ask(base, { 'x-forwarded-host': publicHost });
  expect(JSON.parse(body)).toMatchObject({ token_endpoint: `https://${publicHost}/token` });
});

/** The address that a user directory is given for a sign-in, on a request from 127.0.0.1 with these headers. */
async function addressSeen(proxies: string, headers: Record<string, string>): Promise<string | undefined> {
  const seen: (string | undefined)[] = [];
  const users: UserDirectory = {
    ...acceptAnyone,
    authenticate(username, password, address) {
      seen.push(address);
      return acceptAnyone.authenticate(username, password);
    },
  };
  const { issuer } = await startAuthServer({ TRUSTED_PROXIES: proxies }, { users });
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${webapp.id}:${webapp.secret}`)}`, ...headers },
    body: new URLSearchParams({ grant_type: 'password', username: 'alice', password: 'wonderland' }),
  });
  expect(response.status).toBe(200);
  expect(seen).toHaveLength(1);
  return seen[0];
}

describe('the address of the client', () => {
  const client = '192.0.2.1';
  const [proxyA, stranger] = ['10.0.0.1', '198.51.100.7'];
  const proxyB = '127.0.0.1';
  const both = `${proxyA},${proxyB}`;

  test.each([
    ['one proxy', proxyB, client],
    ['two trusted proxies', both, `${client}, ${proxyA}`],
    ['two proxies in trusted networks', '10.0.0.0/8,::1,127.0.0.0/8', `${client}, ${proxyA}`],
    ['a proxy that is written as an IPv4-mapped address', both, `${client}, ::ffff:${proxyA}`],
    ['a proxy that writes ports', proxyB, `${client}:54321`],
    ['two proxies that write ports', both, `${client}:54321, ${proxyA}:443`],
    [
      'a proxy that is written with a port as an IPv4-mapped address',
      both,
      `${client}:1,[::ffff:${proxyA}]:2`,
    ],
  ])('is known behind %s', async (_where, proxies, chain) => {
    expect(await addressSeen(proxies, { 'x-forwarded-for': chain })).toBe(client);
  });

  test.each([
    ['a stranger between two trusted proxies', both, `${client}, ${proxyA}, ${stranger}`, stranger],
    ['an untrusted proxy behind a trusted one', proxyB, `${client}, ${proxyA}`, proxyA],
    ['a client that names another in front of itself', both, `203.0.113.9, ${client}, ${proxyA}`, client],
    ['a client that passes itself off as a proxy', both, `203.0.113.9, ${proxyA}, ${client}`, client],
    ['an untrusted peer', '', client, proxyB],
    ['a proxy that names no address', both, `${client}, unknown`, proxyB],
    ['a proxy that names no client', both, '', proxyB],
  ])('is that of %s', async (_where, proxies, chain, address) => {
    expect(await addressSeen(proxies, { 'x-forwarded-for': chain })).toBe(address);
  });

  test.each([
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['203.0.113.9:1, [2001:db8::1]:443', '2001:db8::1'],
    ['192.0.2.1:99, [not-an-address]:1', '127.0.0.1'],
    ['192.0.2.1:port', '127.0.0.1'],
  ])('of the chain %s is %s', async (chain, address) => {
    expect(await addressSeen(proxyB, { 'x-forwarded-for': chain })).toBe(address);
  });

  test('is that of the outermost proxy when the header names only proxies', async () => {
    expect(await addressSeen(both, { 'x-forwarded-for': proxyA })).toBe(proxyA);
  });
});

describe('of several values that proxies added to one header', () => {
  const proxies = { ISSUER: `https://${publicHost}`, TRUSTED_PROXIES: '127.0.0.1,10.0.0.1' };
  const throughBoth = { 'x-forwarded-for': '192.0.2.1, 10.0.0.1', 'x-forwarded-proto': 'https, http' };

  test('the first counts, because the outermost trusted proxy wrote it', async () => {
    const base = await start({ ...proxies, ALLOWED_HOSTS: 'inner.example' });
    const { status, body } = await ask(base, {
      ...throughBoth,
      'x-forwarded-host': `${publicHost}, inner.example`,
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ token_endpoint: `https://${publicHost}/token` });
  });

  test('none counts when there are more values than trusted proxies, because a stranger wrote the first', async () => {
    const base = await start({ ...proxies, ALLOWED_HOSTS: 'inner.example' });
    const spoofed = { ...throughBoth, 'x-forwarded-host': `inner.example, ${publicHost}, ${publicHost}` };
    expect((await ask(base, spoofed)).status).toBe(421);
  });

  test.each(['javascript', 'https://evil.example/?', 'ws', 'https:', '', ', https'])(
    'no endpoint gets the scheme "%s", which a proxy may have passed on from a stranger',
    async (proto) => {
      const { issuer } = await startAuthServer({ TRUSTED_PROXIES: '127.0.0.1' });
      const { status, body } = await ask(issuer, {
        'x-forwarded-for': '192.0.2.1',
        'x-forwarded-proto': proto,
      });
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ token_endpoint: `${issuer}/token` });
    },
  );

  test('a stranger’s X-Forwarded-Proto makes no endpoint https', async () => {
    const { issuer } = await startAuthServer({ TRUSTED_PROXIES: '127.0.0.1' });
    const { body } = await ask(issuer, {
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https, http',
    });
    expect(JSON.parse(body)).toMatchObject({ token_endpoint: `${issuer}/token` });
  });
});

test.each([
  'proxy.example',
  '10.0.0.0/33',
  '10.1',
  '0x7f.0.0.1',
  '0.0.0.0/0',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '::1/129',
])('a server does not start with the trusted proxy %s, and names its other faults too', (proxy) => {
  const environment = { TRUSTED_PROXIES: `127.0.0.1, ${proxy}, nowhere`, PORT: 'x' };
  expect(faultsOf(settingsSchema, environment)).toEqual([
    'PORT: must be a number from 0 to 65535',
    'TRUSTED_PROXIES: entry 2 must be addresses or networks',
    'TRUSTED_PROXIES: entry 3 must be addresses or networks',
  ]);
});
