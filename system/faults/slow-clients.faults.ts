/** Clients that send one byte a second get limited time, and other callers do not notice them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expiringToken } from './harness/bad-tokens.ts';
import { expectUndisturbed } from './harness/expectations.ts';
import { SERVICES, type System, startedSystem } from './harness/linked-system.ts';
import { type Dripped, drip } from './harness/raw-client.ts';
import { underFault } from './harness/run.ts';

/** The longest that the head of a request may take, in milliseconds. */
const HEAD_MS = 10_000;

/** The longest that a whole request may take, in milliseconds. */
const REQUEST_MS = 15_000;

/** How often a service looks for requests that have timed out, plus slack, in milliseconds. */
const LOOK_MS = 3_000;

/** How many clients of each sort there are at a time. */
const CLIENTS = 50;

const SLOW_HEAD = 'GET /health/live HTTP/1.1\r\nX-Slow: ';

let system: System;
let expiredToken: () => string;
beforeAll(async () => {
  system = await startedSystem();
  expiredToken = await expiringToken(system);
});
afterAll(() => system.end());

test('slow heads and slow bodies are answered 408 in time, and disturb no other calls', async () => {
  const urls = SERVICES.map((name) => system.services[name].url);
  const authServer = system.services['auth-server'].url;
  let heads: Dripped[] = [];
  let bodies: Dripped[] = [];
  const run = await underFault(system, expiredToken, {
    name: `${4 * CLIENTS} slow clients`,
    begin: () => {},
    async end() {
      const slowHeads = urls.map((url) => many(() => drip(url, SLOW_HEAD)));
      // Only the auth server reads bodies.
      bodies = await many(() => drip(authServer, slowBody(authServer)));
      heads = (await Promise.all(slowHeads)).flat();
    },
    lastsMs: 0,
  });
  expectUndisturbed(run);
  expectTimedOut(heads, HEAD_MS);
  expectTimedOut(bodies, REQUEST_MS);
});

function slowBody(url: string): string {
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return `POST /token HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${type}\r\nContent-Length: 1000\r\n\r\n`;
}

function many(make: () => Promise<Dripped>): Promise<Dripped[]> {
  return Promise.all(Array.from({ length: CLIENTS }, make));
}

function expectTimedOut(clients: Dripped[], afterMs: number): void {
  expect.soft([...new Set(clients.map(({ status }) => status))], 'statuses').toEqual([408]);
  expect.soft(Math.max(...clients.map(({ ms }) => ms)), 'ms').toBeLessThan(afterMs + LOOK_MS);
}
