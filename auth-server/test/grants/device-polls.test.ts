/** How often a device may poll, and what becomes of one that does not wait (RFC 8628 §3.5). */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import { agree, cli, confirmDevice, postAs, thirdParty, tokensOf } from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const wait = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1_000);

test('a device is told to wait for five seconds, and one that does is never slowed down', async () => {
  const { device, poll } = await begin(await startWithCli());
  expect(device.interval).toBe(5);
  for (let polls = 0; polls < 8; polls += 1) {
    await expectRefusal(await poll(), 400, 'authorization_pending');
    wait(5);
  }
});

test('a poll that the network brings a little early is not held against the device', async () => {
  const { poll } = await begin(await startWithCli());
  await expectRefusal(await poll(), 400, 'authorization_pending');
  wait(4.2);
  await expectRefusal(await poll(), 400, 'authorization_pending');
});

test('each poll that comes too early makes the wait five seconds longer, for good', async () => {
  const { poll } = await begin(await startWithCli());
  await expectRefusal(await poll(), 400, 'authorization_pending');
  wait(1);
  await expectRefusal(await poll(), 400, 'slow_down');
  // Now 10 seconds.
  wait(6);
  await expectRefusal(await poll(), 400, 'slow_down');
  // Now 15 seconds.
  wait(15);
  await expectRefusal(await poll(), 400, 'authorization_pending');
  wait(10);
  await expectRefusal(await poll(), 400, 'slow_down');
  // Now 20 seconds.
  wait(20);
  await expectRefusal(await poll(), 400, 'authorization_pending');
});

test('a decision is told at once, however early the poll and however often the device was slowed down', async () => {
  const { device, poll, browser } = await begin(await startWithCli());
  await poll();
  for (let polls = 0; polls < 5; polls += 1) await expectRefusal(await poll(), 400, 'slow_down');
  await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
  await tokensOf(await poll());
});

test('the polls of one device do not count for another, nor do those of another client', async () => {
  const server = await startWithCli();
  const [one, other] = [await begin(server), await begin(server)];
  await expectRefusal(await one.poll(), 400, 'authorization_pending');
  await expectRefusal(await other.poll(), 400, 'authorization_pending');
  wait(5);
  const stranger = await postAs(server, thirdParty, '/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: one.device.device_code,
  });
  await expectRefusal(stranger, 400, 'invalid_grant');
  await expectRefusal(await one.poll(), 400, 'authorization_pending');
});

test('a confidential client is slowed down as a public one is', async () => {
  const { poll } = await begin(await startWithCli(), thirdParty);
  await poll();
  await expectRefusal(await poll(), 400, 'slow_down');
});

test('polling does not keep a code alive', async () => {
  const { device, poll } = await begin(await startWithCli(), cli);
  await poll();
  wait(device.expires_in - 1);
  await expectRefusal(await poll(), 400, 'authorization_pending');
  wait(2);
  expect((await poll()).status).toBe(400);
});
