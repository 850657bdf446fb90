/** An answered request leaves so little memory behind that major garbage collections stay rare. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import { acceptAnyone } from '../../src/stores/accept-anyone.ts';
import { startAuthServer } from '../support/auth-server.ts';

setFlagsFromString('--expose-gc');
const gc: (options: { type: 'minor' | 'major'; execution: 'sync' }) => void = runInNewContext('gc');

const REQUESTS = 200;

/** A plain client: `fetch` and others leave memory behind themselves. */
function client(url: string) {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const headers = {
    authorization: `Basic ${btoa('1234:qwerty')}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  return (form: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(url, { agent, method: 'POST', headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      })
        .once('error', reject)
        .end(form);
    });
}

/** How many bytes became old for each request, as the median of several tries, because V8 allocates in between too. */
async function oldBytesEach(send: () => Promise<unknown>): Promise<number> {
  const tries: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    gc({ type: 'major', execution: 'sync' });
    const before = oldBytes();
    for (let sent = 0; sent < REQUESTS; sent += 1) await send();
    for (let times = 0; times < 3; times += 1) gc({ type: 'minor', execution: 'sync' });
    tries.push((oldBytes() - before) / REQUESTS);
  }
  return Number(tries.toSorted((a, b) => a - b)[2]);
}

function oldBytes(): number {
  return Number(getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size);
}

test('a token request and an introspection leave little memory behind', async () => {
  const { issuer } = await startAuthServer({ FAST_PATH: 'on' });
  const requests = [
    ['/token', 'grant_type=password&username=alice&password=wonderland&scope=current_time'],
    // The library answers these; the fast path makes no context of the library.
    ['/introspect', 'token=opaque'],
  ] as const;
  for (const [path, form] of requests) {
    const post = client(`${issuer}${path}`);
    expect(await post(form)).toBe(200);
    // The whole context would be more than 10,000 bytes.
    expect(await oldBytesEach(() => post(form)), path).toBeLessThan(6_000);
  }
}, 30_000);

test('a request whose caller has left is logged as any other', async () => {
  const leave = new AbortController();
  const users: UserDirectory = {
    ...acceptAnyone,
    async authenticate(username, password) {
      leave.abort();
      await sleep(100);
      return acceptAnyone.authenticate(username, password);
    },
  };
  const { issuer, lines } = await startAuthServer({ FAST_PATH: 'on' }, { users });
  const leaving = fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('1234:qwerty')}` },
    body: new URLSearchParams({ grant_type: 'password', username: 'alice', password: 'wonderland' }),
    signal: leave.signal,
  });
  await expect(leaving).rejects.toThrow('aborted');
  await expect.poll(() => lines).toContainEqual(expect.objectContaining({ event: 'http.request' }));
  expect(lines).toContainEqual(expect.objectContaining({ path: '/token', clientId: '1234' }));
  expect(lines).not.toContainEqual(expect.objectContaining({ level: 'error' }));
});
