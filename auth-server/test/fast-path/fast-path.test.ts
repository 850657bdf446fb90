/** What FAST_PATH switches on and off. */
import { subscribe } from 'node:diagnostics_channel';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { accessToken, startAuthServer } from '../support/auth-server.ts';

/** How many threads have been started so far. */
let threads = 0;
subscribe('worker_threads', () => {
  threads += 1;
});

// `off` comes first, because a thread that was started stays for the whole process.
test.each([
  { FAST_PATH: 'off', threadsStarted: 0, byLibrary: true },
  { FAST_PATH: 'on', threadsStarted: 1, byLibrary: false },
])(
  'FAST_PATH=$FAST_PATH says whether a thread signs and whether the library introspects',
  async ({ FAST_PATH, threadsStarted, byLibrary }) => {
    const { issuer, requestToken, introspect } = await startAuthServer({ FAST_PATH });
    const token = await accessToken(await requestToken());
    await jwtVerify(token, createRemoteJWKSet(new URL(`${issuer}/jwks`)), { issuer, typ: 'at+jwt' });
    expect(threads).toBe(threadsStarted);

    // The first right secret from an address is the library's to look at.
    await introspect(token);
    const response = await introspect(token);
    expect(await response.json()).toMatchObject({ active: true, sub: 'alice' });
    // Only the library's own answers vary by origin.
    expect(response.headers.get('vary') === 'Origin').toBe(byLibrary);
  },
);
