/** Requests that are too large, and bytes that are not HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVICES, type System, startedSystem } from './harness/linked-system.ts';
import { statusOfAnswerTo } from './harness/raw-client.ts';

/** Longer than a line of the log may wait to be written, in milliseconds. */
const LOGGED_MS = 100;

const FORM = 'Content-Type: application/x-www-form-urlencoded';

const malformed: [what: string, bytes: string][] = [
  ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a line of nonsense', 'nonsense\r\n\r\n'],
  ['a version that does not exist', 'GET / HTTP/9.9\r\n\r\n'],
  ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
  ['a length and chunks', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nxx'],
];

let system: System;
beforeAll(async () => {
  system = await startedSystem();
});
afterAll(() => system.end());

describe.each(SERVICES)('%s', (name) => {
  const path = name === 'auth-server' ? '/token' : '/current_time';

  test('answers 431 to headers that are too large', async () => {
    const { url } = system.services[name];
    const bytes = `GET ${path} HTTP/1.1\r\n${hostOf(url)}\r\nX-Large: ${'x'.repeat(17 * 1024)}\r\n\r\n`;
    expect(await statusOfAnswerTo(url, bytes)).toBe(431);
  });

  test('answers 413 to a body that is announced to be too large', async () => {
    const { url } = system.services[name];
    const bytes = `POST ${path} HTTP/1.1\r\n${hostOf(url)}\r\n${FORM}\r\nContent-Length: ${60 * 1024}\r\n\r\n`;
    expect(await statusOfAnswerTo(url, bytes)).toBe(413);
  });

  test.each(malformed)('answers 400 to %s, and logs it', async (_what, bytes) => {
    const service = system.services[name];
    const logged = () => service.log().filter(({ event }) => event === 'http.malformed').length;
    // By then the log has the lines of earlier requests.
    await sleep(LOGGED_MS);
    const before = logged();
    expect.soft(await statusOfAnswerTo(service.url, bytes)).toBe(400);
    await sleep(LOGGED_MS);
    expect.soft(logged() - before, 'lines in the log').toBe(1);
  });
});

test.each(['/token', '/introspect', '/revoke', '/authorize'])(
  'a body in chunks that turns out to be too large is answered 413 at %s',
  async (path) => {
    const { url } = system.services['auth-server'];
    const head = `POST ${path} HTTP/1.1\r\n${hostOf(url)}\r\n${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    expect(await statusOfAnswerTo(url, head + chunk.repeat(16))).toBe(413);
  },
);

function hostOf(url: string): string {
  return `Host: ${new URL(url).host}`;
}
