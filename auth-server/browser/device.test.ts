/** Connecting a device on the device page (RFC 8628 §3.3), with scripts and without. */
import { expect, test } from 'vitest';
import { openQuietWindow } from './chromium.ts';
import { startSystem } from './system.ts';
import { enterCode, heading, press, signIn } from './visitor.ts';

test.each([true, false])(
  'a user connects a device with its code (scripts: %s)',
  async (javaScriptEnabled) => {
    const system = await startSystem();
    const page = await openQuietWindow({ javaScriptEnabled });
    const device = await system.startDevice();
    await page.goto(device.verification_uri);

    await enterCode(page, 'BBBB-BBBB');
    expect(await page.getByRole('alert').innerText()).toMatch(/^This code does not exist\./);

    await enterCode(page, device.user_code.toLowerCase());
    expect(await heading(page)).toBe('Is this your device?');
    expect(await page.locator('main').innerText()).toContain(device.user_code);
    expect(await system.poll(device.device_code)).toMatchObject({ error: 'authorization_pending' });

    await press(page, 'Yes, it shows this code');
    await signIn(page);
    expect(await heading(page)).toBe('Allow Team calendar?');
    await press(page, 'Allow');
    expect(await heading(page)).toBe('Your device is connected');
    expect(await system.poll(device.device_code)).toMatchObject({ access_token: expect.any(String) });
  },
);

test.each([true, false])(
  'the address with the code leads to the question (scripts: %s)',
  async (javaScriptEnabled) => {
    const system = await startSystem();
    const page = await openQuietWindow({ javaScriptEnabled });
    const device = await system.startDevice();
    await page.goto(device.verification_uri_complete);
    if (!javaScriptEnabled) await press(page, 'Continue');
    await page.getByRole('heading', { name: 'Is this your device?' }).waitFor();
    expect(await page.locator('main').innerText()).toContain(device.user_code);
  },
);

test('a user who sees another code does not connect the device', async () => {
  const system = await startSystem();
  const page = await openQuietWindow();
  const device = await system.startDevice();
  await page.goto(device.verification_uri);
  await enterCode(page, device.user_code);
  await press(page, 'No, it does not');
  expect(await page.getByRole('alert').innerText()).toBe('The device was not connected.');
  expect(await system.poll(device.device_code)).toMatchObject({ error: 'access_denied' });
});
