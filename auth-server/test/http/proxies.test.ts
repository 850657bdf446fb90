/** The proxies in front of the server: X-Forwarded-* is believed of those that the operator names only. */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { authorizationUrl, thirdParty } from '../support/code-flow.ts';

const discovery = '/.well-known/openid-configuration';
const publicHost = 'auth.example';
const asForwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': publicHost,
  'x-forwarded-for': '192.0.2.1',
};

/** Starts a server whose issuer is not its address; the answer is the address. */
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

    test('endpoints are named as the proxy was asked for them', async () => {
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

    test('what is forwarded is ignored', async () => {
      const { issuer } = await startAuthServer(environment);
      const { status, body } = await ask(issuer, asForwarded);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ issuer, token_endpoint: `${issuer}/token` });
      expect(body).not.toContain(publicHost);
    });

    test('a forwarded host does not stand in for one that is not ours', async () => {
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

  test('are not Secure when the issuer is http, where none would be sent back', async () => {
    const { issuer } = await startAuthServer();
    for (const cookie of await cookiesOf(issuer, {})) expect(cookie).not.toMatch(/; secure/i);
  });
});

test('a proxy that says nothing of https does not make an https issuer speak of http', async () => {
  const base = await start({ ISSUER: `https://${publicHost}`, TRUSTED_PROXIES: '127.0.0.1' });
  const { body } = await ask(base, { 'x-forwarded-host': publicHost });
  expect(JSON.parse(body)).toMatchObject({ token_endpoint: `https://${publicHost}/token` });
});
