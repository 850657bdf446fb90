/** The device flow (RFC 8628): a device asks, and its user decides in a browser elsewhere. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import {
  cli,
  confirmDevice,
  isActive,
  refresh,
  rejectDevice,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';

describe.each([
  ['a public client', cli, 'Command line'],
  ['a confidential client', thirdParty, 'Third-party demo'],
])('a device of %s', (_what, client, name) => {
  test('gets tokens once its user has typed the code, signed in and allowed it', async () => {
    const server = await startWithCli();
    const { device, poll, browser } = await begin(server, client);
    expect(device.verification_uri).toBe(`${server.issuer}/device`);

    const page = await browser.open(device.verification_uri);
    expect(page.heading).toBe('Connect a device');
    const confirm = await page.press('Continue', { user_code: device.user_code });
    expect(confirm.heading).toBe('Is this your device?');
    expect(confirm.html).toContain(name);
    expect(confirm.html).toContain(device.user_code);
    const signIn = await confirmDevice(confirm);
    expect(signIn.heading).toBe('Sign in');
    const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(consent.heading).toBe(`Allow ${name}?`);
    expect(consent.items).toEqual(['See the current time']);
    await expectRefusal(await poll(), 400, 'authorization_pending');
    expect((await consent.press('Allow')).heading).toBe('Your device is connected');

    const tokens = await tokensOf(await poll());
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'alice', scope: 'current_time' });
    expect(await isActive(server, tokens.access_token)).toBe(true);
    await tokensOf(await refresh(server, tokens.refresh_token, client));
    await expectRefusal(await poll(), 400, 'invalid_grant');
  });

  test('is refused when its user says that it shows another code', async () => {
    const server = await startWithCli();
    const { device, poll, browser } = await begin(server, client);
    const confirm = await browser.open(device.verification_uri_complete);
    const page = await rejectDevice(confirm);
    expect(page.alert).toBe('The device was not connected.');
    await expectRefusal(await poll(), 400, 'access_denied');
  });

  test('is refused when its user declines', async () => {
    const server = await startWithCli();
    const { device, poll, browser } = await begin(server, client);
    const confirm = await browser.open(device.verification_uri_complete);
    const signIn = await confirmDevice(confirm);
    const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    await consent.press('Do not allow');
    await expectRefusal(await poll(), 400, 'access_denied');
  });
});
