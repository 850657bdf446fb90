/** Requests to hosts that strangers have named, with the internet as production has it: none of these is on it. */
import { expect, test } from 'vitest';
import { httpsFetch } from '../../src/adapters/https-fetch.ts';
import { internet } from '../../src/adapters/outside.ts';
import { startForbidden } from '../support/document-hosts.ts';

const ask = (url: string) => httpsFetch()({ url: new URL(url), headers: {}, most: 1_000 });

test.each([
  '127.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '0.0.0.0',
  '[::]',
  '0x7f000001',
  '2130706433',
])('nothing connects to this machine by %s', async (host) => {
  const { port, connections } = await startForbidden('::');
  expect(await ask(`https://${host}:${port}/`)).toEqual({ ok: false, refusal: 'private_address' });
  expect(connections()).toBe(0);
});

test('a name that there is not is unreachable, without asking the operating system', async () => {
  const { port, connections } = await startForbidden('::');
  const answer = await ask(`https://localhost:${port}/`);
  // Some name servers know it, and some are not there.
  expect(answer.ok ? answer : answer.refusal).toMatch(/^(?:unreachable|private_address|slow)$/);
  expect(connections()).toBe(0);
});

test('an address is not looked up', async () => {
  expect(await internet.resolve('203.0.113.7', AbortSignal.timeout(1))).toEqual(['203.0.113.7']);
});

test('plain http is a mistake of ours', async () => {
  await expect(ask('http://app.example/')).rejects.toThrow(TypeError);
});
