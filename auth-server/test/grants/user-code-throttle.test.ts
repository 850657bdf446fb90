/** Guesses of user codes (RFC 8628 §5.1). */
import { expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { agree, cliRegistration, confirmDevice } from '../support/code-flow.ts';
import { begin } from '../support/device.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

async function start() {
  const server = await startAuthServer({
    TRUSTED_PROXIES: '127.0.0.1',
    CLIENTS_FILE: await temporaryFile([cliRegistration]),
  });
  /** Types so many wrong codes in a new session, and then another one; the answers of both. */
  const type = async (address: string, wrong: number, user_code: string, path = '/device') => {
    const browser = new UserAgent(server.issuer);
    const headers = { 'x-forwarded-for': address };
    let page: Page = await browser.open('/device', { headers });
    const post = async (code: string) => {
      const { fields } = page.form('Continue', { user_code: code });
      page = await browser.open(path, { method: 'POST', body: new URLSearchParams(fields), headers });
      return page;
    };
    const told: number[] = [];
    for (let nth = 0; nth < wrong; nth += 1) told.push((await post('BBBB-BBBB')).response.status);
    return { told, last: await post(user_code) };
  };
  return { server, type };
}

test.each(['/device', '/device/', '/DEVICE'])(
  'ten wrong codes are looked up in a session that posts to %s, and then not even the right one',
  async (path) => {
    const { server, type } = await start();
    const { device } = await begin(server);
    const { told, last } = await type('192.0.2.1', 10, device.user_code, path);
    expect(told).toEqual(Array(10).fill(200));
    expect(last.response.status).toBe(429);
    expect(last.response.headers.get('retry-after')).toBe('900');
    expect(last.heading).toBe('Connect a device');
    expect(last.alert).toBe(
      'Too many wrong codes were typed here. Wait a quarter of an hour, then try again.',
    );
    const other = await type('192.0.2.1', 0, device.user_code);
    expect(other.last.heading).toBe('Is this your device?');
  },
);

test('an address has thirty wrong codes in all its sessions, and others have theirs', async () => {
  const { server, type } = await start();
  const { device } = await begin(server);
  for (let session = 0; session < 3; session += 1) await type('192.0.2.1', 9, 'CCCC-CCCC');
  expect((await type('192.0.2.1', 0, device.user_code)).last.response.status).toBe(429);
  expect((await type('192.0.2.2', 9, device.user_code)).last.heading).toBe('Is this your device?');
});

test('a code that is right does not count, and one that is used up does', async () => {
  const { server, type } = await start();
  const { device, browser } = await begin(server);
  for (let nth = 0; nth < 40; nth += 1) {
    expect((await type('192.0.2.1', 0, device.user_code)).last.heading).toBe('Is this your device?');
  }
  await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
  for (let nth = 0; nth < 30; nth += 1) {
    expect((await type('192.0.2.1', 0, device.user_code)).last.alert).toMatch(/already been used/);
  }
  expect((await type('192.0.2.1', 0, device.user_code)).last.response.status).toBe(429);
});
