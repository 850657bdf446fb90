/** The whole chain through its front door, as people curl it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieJar, locationOf } from './cookie-jar.ts';
import { type System, startedSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startedSystem();
});
afterAll(async () => {
  await system.stop();
});

const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });

describe('a call of the webapp', () => {
  test('answers with the current time', async () => {
    const before = Date.now();
    const response = await fetch(`${system.urls.webapp}/current_time`);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toMatch(/^\{"current_time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}\n$/);
    const time = Date.parse(JSON.parse(text).current_time);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  test('answers with the epoch time as bare text to those who accept text', async () => {
    const response = await fetch(`${system.urls.webapp}/epoch_time`, { headers: { accept: 'text/plain' } });
    expect(await response.text()).toMatch(/^\d{10}\n$/);
  });

  test('is for bob, or for the user of its credentials', async () => {
    const asBob = await fetch(`${system.urls.webapp}/current_time`);
    const asAlice = await fetch(`${system.urls.webapp}/current_time`, {
      headers: basic('alice', 'wonderland'),
    });
    expect(await userOf(asBob)).toBe('bob');
    expect(await userOf(asAlice)).toBe('alice');
  });

  test('has one request id, which all three services log', async () => {
    const response = await fetch(`${system.urls.webapp}/current_time`);
    const requestId = response.headers.get('x-request-id');
    expect(requestId).toBeTruthy();
    const logged = ['auth-server', 'resource-server', 'webapp'].map((service) =>
      system.line((line) => line.service === service && line.requestId === requestId),
    );
    await Promise.all(logged);
  });

  test('gets a new token, for the scope of its endpoint and nothing else', async () => {
    const calls = ['current_time', 'epoch_time', 'epoch_time'];
    const issued = [];
    for (const endpoint of calls) {
      const response = await fetch(`${system.urls.webapp}/${endpoint}`);
      const requestId = response.headers.get('x-request-id');
      issued.push(await system.line((line) => line.event === 'token.issued' && line.requestId === requestId));
    }
    expect(issued.map(({ scope }) => scope)).toEqual(calls);
    expect(new Set(issued.map(({ jti }) => jti)).size).toBe(3);
  });

  test('with the authorization code grant goes through the auth server and back, in one browser', async () => {
    const browser = cookieJar();
    let response = await browser.visit(`${system.urls.webapp}/current_time?grant_type=authorization_code`);
    const visited = [];
    while (response.status === 303) {
      const location = locationOf(response);
      visited.push(`${location.origin}${location.pathname.replace(/\w[\w-]{20,}$/, ':id')}`);
      response = await browser.visit(location.href);
    }
    expect(visited).toEqual([
      `${system.urls.authServer}/authorize`,
      `${system.urls.authServer}/interaction/:id`,
      `${system.urls.authServer}/authorize/:id`,
      `${system.urls.webapp}/callback`,
    ]);
    expect(await response.json()).toEqual({ current_time: expect.stringMatching(/Z$/) });
  });

  test('is 401 when the user is refused', async () => {
    const response = await fetch(`${system.urls.webapp}/current_time`, { headers: basic('al', 'x') });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="webapp", charset="UTF-8"');
  });
});

describe('a token', () => {
  const request = async (parameters: Record<string, string> = {}) => {
    const response = await fetch(`${system.urls.authServer}/token`, {
      method: 'POST',
      headers: basic('1234', 'qwerty'),
      body: new URLSearchParams({ grant_type: 'password', username: 'carol', password: 'x', ...parameters }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const use = (token: string) =>
    fetch(`${system.urls.resourceServer}/epoch_time`, { headers: { authorization: `Bearer ${token}` } });

  test('is refused by the API at once when it is revoked', async () => {
    const token = await request();
    expect((await use(token)).status).toBe(200);
    const revocation = await fetch(`${system.urls.authServer}/revoke`, {
      method: 'POST',
      headers: basic('1234', 'qwerty'),
      body: new URLSearchParams({ token }),
    });
    expect(revocation.status).toBe(200);
    const refused = await use(token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test('is refused by the API for the other scope', async () => {
    const refused = await use(await request({ scope: 'current_time' }));
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="epoch_time"');
  });

  test('is refused by the API after five seconds', { timeout: 15_000 }, async () => {
    const token = await request();
    await sleep(5_000);
    expect((await use(token)).status).toBe(401);
  });
});

async function userOf(response: Response): Promise<unknown> {
  const requestId = response.headers.get('x-request-id');
  const issued = await system.line((line) => line.event === 'token.issued' && line.requestId === requestId);
  return issued.user;
}

test('the chain also works with signed introspection answers', { timeout: 30_000 }, async () => {
  const signed = await startedSystem({ INTROSPECTION_RESPONSE: 'jwt' });
  try {
    expect((await fetch(`${signed.urls.webapp}/current_time`)).status).toBe(200);
    const refused = await fetch(`${signed.urls.resourceServer}/current_time`, {
      headers: { authorization: 'Bearer garbage' },
    });
    expect(refused.status).toBe(401);
  } finally {
    await signed.stop();
  }
});
