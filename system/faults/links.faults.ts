/** A proxy on each link between two services delays, drops, refuses, truncates, resets or corrupts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expiringToken } from './harness/bad-tokens.ts';
import { expectNoWarnings, expectOutage, expectUndisturbed } from './harness/expectations.ts';
import type { LinkFault } from './harness/link-faults.ts';
import { LINKS, type LinkName, type System, startedSystem } from './harness/linked-system.ts';
import { type Run, underFault } from './harness/run.ts';

/** Longer than the time that any call may take, in milliseconds. */
const TOO_LONG_MS = 10_000;

let system: System;
let expiredToken: () => string;
beforeAll(async () => {
  system = await startedSystem({ linked: true });
  expiredToken = await expiringToken(system);
});
beforeEach(() => system.start());
afterAll(() => system.end());

function withFault(link: LinkName, what: string, fault: LinkFault): Promise<Run> {
  return underFault(system, expiredToken, {
    name: `${link} ${what}`,
    begin: () => system.links[link]?.become(fault),
    end: () => system.links[link]?.become({ kind: 'none' }),
  });
}

describe.each(LINKS)('the link from %s', (link) => {
  test('is slow, and calls are served late', async () => {
    const run = await withFault(link, 'delays 300 ms', { kind: 'delay', ms: 300 });
    expect.soft(run.during.filter(({ ms }) => ms >= 300).length, 'slow calls').toBeGreaterThan(0);
    expectUndisturbed(run);
  });

  const outages: [what: string, fault: LinkFault][] = [
    ['delays 10 s', { kind: 'delay', ms: TOO_LONG_MS }],
    ['drops', { kind: 'drop' }],
    ['refuses', { kind: 'refuse' }],
    ['truncates', { kind: 'truncate' }],
    ['resets', { kind: 'reset' }],
    ['corrupts heads', { kind: 'corrupt', part: 'head' }],
    ['corrupts bodies', { kind: 'corrupt', part: 'body' }],
  ];
  test.each(outages)('%s, and no outage is answered as a refusal', async (what, fault) => {
    expectOutage(await withFault(link, what, fault));
  });
});

test('no service says anything besides its log', () => expectNoWarnings(system));
