/** Attacks by those who write metadata documents, or have them fetched (draft-ietf-oauth-client-id-metadata-document §6). */
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectRefusal, startAuthServer } from '../support/auth-server.ts';
import { answerAt, authorizationUrl, codeFor, postAs, redeem, tokensFor } from '../support/code-flow.ts';
import { startDocumentHosts, startForbidden, startWithDocuments } from '../support/document-hosts.ts';
import { UserAgent } from '../support/user-agent.ts';

afterEach(() => void vi.useRealTimers());

/** Lets time pass, for what is kept for a while. */
function wait(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1_000 });
}

type Server = Awaited<ReturnType<typeof startWithDocuments>>['server'];

const form = { grant_type: 'refresh_token', refresh_token: 'x' };

/** What a client of a document is told that asks for a token. */
const told = (server: Server, id: string) => postAs(server, { id }, '/token', form);

/** How often a result was counted. */
async function counted({ metrics }: Server, result: string): Promise<number> {
  const line = new RegExp(`^oauth_client_documents_total\\{result="${result}"\\} (\\d+)$`, 'm');
  return Number(line.exec(await metrics.text())?.[1]);
}

describe('a document on a private address', () => {
  test.each([
    ['127.0.0.1'],
    ['127.0.0.2'],
    ['10.0.0.7'],
    ['169.254.169.254'],
    ['100.64.0.1'],
    ['0.0.0.0'],
    ['::1'],
    ['::'],
    ['::ffff:127.0.0.1'],
    ['::ffff:7f00:1'],
    ['64:ff9b::7f00:1'],
    ['fd00::1'],
    ['fe80::1'],
    ['2002:7f00:1::'],
  ])('at %s is not fetched: nothing connects, and nobody is told why', async (address) => {
    const hosts = await startDocumentHosts();
    const { mayReach: _, ...outside } = hosts.outside;
    const { isPublicAddress } = await import('../../src/core/egress/public-addresses.ts');
    const server = await startAuthServer(
      { CIMD_ALLOWED: '*' },
      { outside: { ...outside, mayReach: isPublicAddress } },
    );
    const forbidden = await startForbidden('::');
    hosts.move('app.example', [address]);
    const inside = await told(server, `https://app.example:${forbidden.port}/client.json`);
    const nowhere = await told(server, `https://nowhere.example:${forbidden.port}/client.json`);
    expect(await inside.text()).toBe(await nowhere.text());
    expect([inside.status, nowhere.status]).toEqual([503, 503]);
    expect(forbidden.connections()).toBe(0);
    expect(await counted(server, 'private_address')).toBe(1);
    expect(await counted(server, 'unreachable')).toBe(1);
  });

  test('is not fetched either where another address of the name is public', async () => {
    const { hosts, server } = await startWithDocuments();
    hosts.publish(hosts.urlOf());
    hosts.move('app.example', ['127.0.0.1', '127.0.0.2']);
    await expectRefusal(await told(server, hosts.urlOf()), 503, 'temporarily_unavailable');
    expect(hosts.requests).toEqual([]);
  });

  test('is not reached by a name that leads there the second time: it is looked up once, and that is connected to', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    hosts.publish(id);
    const forbidden = await startForbidden('127.0.0.2').catch(() => undefined);
    const { resolve } = hosts.outside;
    hosts.outside.resolve = async (host, signal) => {
      const found = await resolve(host, signal);
      hosts.move('app.example', ['127.0.0.2']);
      return found;
    };
    await expectRefusal(await told(server, id), 400, 'invalid_grant');
    expect(hosts.requests).toEqual([id]);
    expect(hosts.lookups).toEqual(['app.example']);
    expect(forbidden?.connections() ?? 0).toBe(0);
    // Once it has to be fetched again, the name leads astray.
    wait(3_601);
    await expectRefusal(await told(server, id), 503, 'temporarily_unavailable');
  });

  test('cannot hold the keys of a client either', async () => {
    const { hosts, server } = await startWithDocuments();
    hosts.move('other.example', ['127.0.0.2']);
    const client = hosts.publish(hosts.urlOf(), {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: hosts.urlOf('/keys', 'other.example'),
    });
    const claims = {
      iss: client.id,
      sub: client.id,
      aud: server.issuer,
      jti: 'one',
      exp: Date.now() / 1_000 + 60,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const response = await postAs(server, client, '/token', {
      ...form,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${part({ alg: 'ES256' })}.${part(claims)}.${'A'.repeat(86)}`,
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(hosts.lookups).toEqual(['app.example', 'other.example']);
    expect(hosts.requests).toEqual([client.id]);
  });
});

test('a certificate that is not for the name is not taken', async () => {
  const { hosts, server } = await startWithDocuments();
  hosts.move('stranger.example', ['127.0.0.1']);
  await expectRefusal(
    await told(server, hosts.urlOf('/client.json', 'stranger.example')),
    503,
    'temporarily_unavailable',
  );
  expect(hosts.requests).toEqual([]);
});

test.each([301, 302, 303, 307, 308])(
  'a document that redirects by %s is refused, and nobody follows',
  async (status) => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    const elsewhere = hosts.urlOf('/elsewhere');
    hosts.publish(elsewhere, { client_id: id });
    hosts.answer(id, (_request, response) => response.writeHead(status, { location: elsewhere }).end());
    await expectRefusal(await told(server, id), 400, 'invalid_client');
    expect(hosts.requests).toEqual([id]);
  },
);

test.each([201, 203, 204, 400, 401, 403, 404, 410])(
  'an answer with status %s is no document',
  async (status) => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    const { redirectUri } = hosts.publish(hosts.urlOf('/other'));
    hosts.answer(id, (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        status === 204 ? undefined : JSON.stringify({ client_id: id, redirect_uris: [redirectUri] }),
      );
    });
    await expectRefusal(await told(server, id), 400, 'invalid_client');
  },
);

test.each([
  ['that says so', { 'content-length': String(10_000_000) }],
  ['that does not say so', {}],
])('a document of 10 MB %s is not read to its end', async (_how, headers) => {
  const { hosts, server } = await startWithDocuments();
  const id = hosts.urlOf();
  let left = 10_000_000;
  const ended = new Promise<void>((resolve) => {
    hosts.answer(id, async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.on('close', resolve);
      while (left > 0 && !response.closed) {
        left -= 10_000;
        if (!response.write(' '.repeat(10_000))) {
          await Promise.race([once(response, 'drain'), once(response, 'close')]).catch(() => {});
        }
      }
      response.end();
    });
  });
  await expectRefusal(await told(server, id), 400, 'invalid_client');
  await ended;
  expect(left).toBeGreaterThan(5_000_000);
  expect(await counted(server, 'too_large')).toBe(1);
});

test('a document that unpacks to more than it weighs is not unpacked', async () => {
  const { hosts, server } = await startWithDocuments();
  const id = hosts.urlOf();
  let asked: string | undefined;
  hosts.answer(id, (request, response) => {
    asked = String(request.headers['accept-encoding']);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('\u001f');
  });
  await expectRefusal(await told(server, id), 400, 'invalid_client');
  expect(asked).toBe('identity');
});

describe('a host that is slow', () => {
  test.each([
    ['to answer', () => {}],
    [
      'to end',
      (response: import('node:http').ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      },
    ],
  ])(
    '%s is waited for no longer than others can bear, and costs them nothing meanwhile',
    async (_how, stall) => {
      const { hosts, server } = await startWithDocuments();
      const slow = hosts.urlOf('/slow.json', 'other.example');
      hosts.answer(slow, (_request, response) => stall(response));
      const began = performance.now();
      const waiting = told(server, slow);
      await vi.waitFor(() => expect(hosts.requests).toContain(slow));
      const other = hosts.publish(hosts.urlOf());
      await expectRefusal(await told(server, other.id), 400, 'invalid_grant');
      expect((await server.requestToken()).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(2_000);
      await expectRefusal(await waiting, 503, 'temporarily_unavailable');
      expect(performance.now() - began).toBeLessThan(4_000);
      expect(await counted(server, 'slow')).toBe(1);
    },
  );

  test('keeps a browser waiting once, though the library asks for the client again', async () => {
    const { hosts, server } = await startWithDocuments();
    hosts.answer(hosts.urlOf(), () => {});
    const client = { id: hosts.urlOf(), redirectUri: hosts.urlOf('/callback') };
    const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client));
    expect(page.response.status).toBe(503);
    expect(page.target).toBeUndefined();
    expect(page.html).toContain('temporarily_unavailable');
    expect(hosts.requests).toHaveLength(1);
  });

  test('has the page on which its user decides say so, and go on when it is back', async () => {
    const { hosts, server } = await startWithDocuments();
    const client = hosts.publish(hosts.urlOf(), {}, { 'cache-control': 'max-age=30' });
    const browser = new UserAgent(server.issuer);
    const opened = await browser.open(authorizationUrl(server.issuer, client));
    const consent = await opened.press('Sign in', { username: 'alice', password: 'wonderland' });
    wait(31);
    hosts.answer(client.id, (_request, response) => response.writeHead(500).end());
    for (const page of [await browser.open(consent.url), await consent.press('Allow')]) {
      expect(page.response.status).toBe(503);
      expect(page.heading).toBe('This did not work');
    }
    hosts.publish(client.id);
    expect(answerAt(await consent.press('Allow'), client)).toHaveProperty('code');
  });

  test('keeps nobody from signing out', async () => {
    const { hosts, server } = await startWithDocuments();
    const client = hosts.publish(hosts.urlOf(), {}, { 'cache-control': 'no-store' });
    const tokens = await tokensFor(server, client, { scope: 'openid' });
    wait(31);
    hosts.answer(client.id, () => {});
    const browser = new UserAgent(server.issuer);
    const page = await browser.open(`/logout?${new URLSearchParams({ id_token_hint: tokens.id_token })}`);
    expect(page.heading).toBe('You are signed out');
    expect(hosts.requests).toHaveLength(1);
  });

  test('is asked by a few requests at once, and one document by one', async () => {
    const { hosts, server } = await startWithDocuments();
    const ids = Array.from({ length: 8 }, (_, index) => hosts.urlOf(`/${index}.json`, 'other.example'));
    for (const id of ids) hosts.answer(id, () => {});
    const answers = await Promise.all([...ids, ...ids].map((id) => told(server, id)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    expect(hosts.requests).toHaveLength(4);
    expect(new Set(hosts.requests).size).toBe(4);
  });
});

describe('a host that fails', () => {
  test('is not asked more often than six times a minute for one document, and is asked again after that', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    hosts.answer(id, (_request, response) => response.writeHead(500).end());
    for (let times = 0; times < 10; times++) {
      await expectRefusal(await told(server, id), 503, 'temporarily_unavailable');
    }
    expect(hosts.requests).toHaveLength(6);
    expect(await counted(server, 'limited')).toBe(4);
    wait(61);
    await tokensFor(server, hosts.publish(id));
  });

  test('says when to try again, and the log says which host it is, and not which user', async () => {
    const { hosts, server } = await startWithDocuments();
    hosts.answer(hosts.urlOf(), (_request, response) => response.writeHead(500).end());
    const response = await told(server, hosts.urlOf());
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    const lines = server.lines.filter(({ event }) => event === 'client_document.failed');
    expect(lines).toEqual([
      expect.objectContaining({ result: 'unreachable', host: `app.example:${hosts.port}` }),
    ]);
  });
});

test('one address has twenty unknown documents looked up in a minute, and takes known ones from nobody', async () => {
  const { hosts, server } = await startWithDocuments({ TRUSTED_PROXIES: '127.0.0.1' });
  const from = (address: string, id: string) =>
    server.post('/token', { ...form, client_id: id }, undefined, { 'x-forwarded-for': address });
  const known = hosts.publish(hosts.urlOf(), {}, { 'cache-control': 'max-age=30' });
  await expectRefusal(await from('198.51.100.7', known.id), 400, 'invalid_grant');
  for (let one = 0; one < 19; one++) {
    const id = hosts.urlOf(`/${one}.json`, 'other.example');
    await expectRefusal(await from('198.51.100.7', id), 400, 'invalid_client');
  }
  wait(31);
  const another = hosts.urlOf('/another.json');
  const refused = await from('198.51.100.7', another);
  expect(refused.headers.get('retry-after')).toBe('60');
  await expectRefusal(refused, 429, 'too_many_attempts');
  await expectRefusal(await from('198.51.100.8', another), 400, 'invalid_client');
  // It has to be fetched again by now.
  await expectRefusal(await from('198.51.100.7', known.id), 400, 'invalid_grant');
  expect(hosts.requests.filter((url) => url === known.id)).toHaveLength(2);
});

describe('a document that changes', () => {
  const short = { 'cache-control': 'max-age=30' };

  test('between consent and code sends no code to where its client receives none any more', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    const client = hosts.publish(id, {}, short);
    const opened = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client));
    const page = await opened.press('Sign in', { username: 'alice', password: 'wonderland' });
    wait(31);
    hosts.publish(id, { redirect_uris: [`${new URL(id).origin}/elsewhere`] }, short);
    const end = await page.press('Allow');
    expect(end.target).toBeUndefined();
    expect(end.html).not.toContain('code=');
    expect(end.heading).toBe('This did not work');
  });

  test('between consent and code to another name shows the page again', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    const client = hosts.publish(id, {}, short);
    const opened = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client));
    const page = await opened.press('Sign in', { username: 'alice', password: 'wonderland' });
    wait(31);
    hosts.publish(id, { client_name: 'Your bank' }, short);
    const again = await page.press('Allow');
    expect(again.target).toBeUndefined();
    expect(again.html).toContain('Your bank');
    expect(answerAt(await again.press('Allow'), client)).toHaveProperty('code');
  });

  test('after a consent to another name asks its user anew for all of it', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    const client = hosts.publish(id, {}, short);
    const browser = new UserAgent(server.issuer);
    const everything = { scope: 'openid current_time' };
    await codeFor(server, client, everything, browser);
    const ask = (parameters: Record<string, string>) =>
      browser.open(authorizationUrl(server.issuer, client, parameters));
    // As long as it says the same, what was allowed is remembered.
    expect(answerAt(await ask(everything), client)).toHaveProperty('code');
    wait(31);
    hosts.publish(id, { client_name: 'Your bank' }, short);
    const part = await ask({ scope: 'openid' });
    expect(part.heading).toMatch(/^Allow /);
    expect(answerAt(await part.press('Allow'), client)).toHaveProperty('code');
    const rest = await ask(everything);
    expect(rest.items.join()).toContain('time');
    expect(rest.heading).toMatch(/^Allow /);
  });

  test('to a client with a key has it prove itself, also for the code that it has', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    const client = hosts.publish(id, {}, short);
    const code = await codeFor(server, client);
    wait(31);
    const jwks_uri = hosts.urlOf('/keys');
    hosts.publish(id, { token_endpoint_auth_method: 'private_key_jwt', jwks_uri }, short);
    await expectRefusal(await redeem(server, code, client), 401, 'invalid_client');
  });

  test('is noticed when its answer has expired, and not before', async () => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    hosts.publish(id, {}, { 'cache-control': 'public, max-age=120' });
    await told(server, id);
    wait(119);
    await told(server, id);
    expect(hosts.requests).toHaveLength(1);
    wait(2);
    await told(server, id);
    expect(hosts.requests).toHaveLength(2);
  });
});
