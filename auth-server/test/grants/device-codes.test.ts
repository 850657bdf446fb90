/** The codes of the device flow (RFC 8628): how they are typed, how often they may be used, and for how long. */
import { afterEach, expect, test, vi } from 'vitest';
import { expectRefusal, webapp } from '../support/auth-server.ts';
import { agree, authorizationUrl, cli, confirmDevice, firstParty, postAs } from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';

afterEach(() => void vi.useRealTimers());

test.each(['', 'BBBB-BBBB', '<script>alert(1)</script>'])(
  'the code "%s" is asked for again',
  async (user_code) => {
    const { browser } = await begin(await startWithCli());
    const page = await (await browser.open('/device')).press('Continue', { user_code });
    expect(page.response.status).toBe(200);
    expect(page.heading).toBe('Connect a device');
    expect(page.alert).toBeDefined();
    expect(page.html).not.toContain('<script');
  },
);

test('a code is used once, and may be typed without its dash and in lower case', async () => {
  const { device, browser } = await begin(await startWithCli());
  const user_code = device.user_code.replace('-', '').toLowerCase();
  const page = await browser.open('/device');
  const confirm = await page.press('Continue', { user_code });
  await agree(await confirmDevice(confirm));
  const again = await (await browser.open('/device')).press('Continue', { user_code });
  expect(again.alert).toBe('This code has already been used. Ask your device for a new one.');
});

test('a code that has expired is refused to the user and to the device', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { device, poll, browser } = await begin(await startWithCli());
  // The browser keeps its session a little longer than the device its code.
  vi.setSystemTime(Date.now() + 10_000);
  const page = await browser.open('/device');
  vi.setSystemTime(Date.now() + device.expires_in * 1000 - 5_000);
  const late = await page.press('Continue', { user_code: device.user_code });
  expect(late.heading).toBe('Connect a device');
  expect(late.alert).toBeDefined();
  const response = await poll();
  expect(response.status).toBe(400);
  expect(['expired_token', 'invalid_grant']).toContain(((await response.json()) as { error: string }).error);
});

test('at most one of ten polls at once redeems a code', async () => {
  const { device, poll, browser } = await begin(await startWithCli());
  const confirm = await browser.open(device.verification_uri_complete);
  expect((await agree(await confirmDevice(confirm))).heading).toBe('Your device is connected');
  const statuses = (await Promise.all(Array.from({ length: 10 }, poll))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
});

test('a browser that was let in without a password has to sign in', async () => {
  const server = await startWithCli();
  const { device, browser } = await begin(server);
  await browser.open(authorizationUrl(server.issuer, firstParty));
  const confirm = await browser.open(device.verification_uri_complete);
  expect((await confirmDevice(confirm)).heading).toBe('Sign in');
});

test('a form that does not come from our page is refused', async () => {
  const { device, browser } = await begin(await startWithCli());
  const { action, fields } = (await browser.open('/device')).form('Continue', {
    user_code: device.user_code,
  });
  const body = new URLSearchParams({ ...fields, xsrf: 'guess', confirm: 'yes' });
  const page = await browser.open(action, { method: 'POST', body });
  expect(page.heading).not.toBe('Sign in');
  expect(page.heading).not.toBe('Your device is connected');
});

test.each([
  ['without cookies', () => ({})],
  ['with the cookie of a session that is gone', () => ({ cookie: '_session=nobody-knows' })],
])('a form that is posted %s leads back to an empty one', async (_what, headers) => {
  const { issuer } = await startWithCli();
  const response = await fetch(`${issuer}/device`, {
    method: 'POST',
    body: new URLSearchParams({ xsrf: 'guess', user_code: 'BBBB-BBBB' }),
    headers: { accept: 'text/html', ...headers() },
    redirect: 'manual',
  });
  expect(response.status).toBe(303);
  expect(new URL(response.headers.get('location') ?? '', issuer).href).toBe(`${issuer}/device`);
});

test.each(['/device/anything', '/device/anything/else'])(
  'the address %s, where no device waits, is not answered as a server error',
  async (path) => {
    const { issuer } = await startWithCli();
    for (const accept of ['text/html', 'application/json']) {
      const response = await fetch(issuer + path, { headers: { accept }, redirect: 'manual' });
      expect(response.status).toBeGreaterThanOrEqual(300);
      expect(response.status).toBeLessThan(500);
    }
  },
);

test.each([
  ['invalid_scope', cli, 'date'],
  ['unauthorized_client', webapp, 'current_time'],
])('a request is refused as %s', async (error, client, scope) => {
  const response = await postAs(await startWithCli(), client, '/device_authorization', { scope });
  await expectRefusal(response, 400, error);
});
