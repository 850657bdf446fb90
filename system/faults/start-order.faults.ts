/** The services are started and restarted in every order, while others are missing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgedToken } from './harness/bad-tokens.ts';
import { expectOutage, expectSound } from './harness/expectations.ts';
import { createSystem, SERVICES, type System } from './harness/linked-system.ts';
import { underFault } from './harness/run.ts';
import type { ServiceName } from './harness/service.ts';

/** How long a service may take to notice that another one is up or down, in milliseconds. */
const NOTICE_MS = 2_000;

/** The dependencies of each service, with the names that it uses for them. */
const DEPENDENCIES: Record<ServiceName, Partial<Record<ServiceName, string>>> = {
  'auth-server': {},
  'resource-server': { 'auth-server': 'auth server' },
  webapp: { 'auth-server': 'auth server', 'resource-server': 'resource server' },
};

let system: System;
beforeEach(async () => {
  system = await createSystem();
});
afterEach(() => system.end());

const orders = SERVICES.flatMap((first) =>
  SERVICES.filter((second) => second !== first).map((second) => {
    const third = SERVICES.find((name) => name !== first && name !== second) as ServiceName;
    return [first, second, third] as const;
  }),
);

test.each(orders)(
  '%s, %s and %s are started in this order, and become ready by themselves',
  async (...order) => {
    const [first, second] = order;
    const inOrder = async (names: readonly ServiceName[]) => {
      for (const name of names) {
        await system.services[name].start();
        await expectHealthOfAll();
      }
    };
    const started = await underFault(system, forgedToken, {
      name: `start: ${order.join(', ')}`,
      // Nothing runs yet.
      afterMs: 0,
      begin: () => {},
      end: () => inOrder(order),
      lastsMs: 0,
      down: [...SERVICES],
    });
    expectSound(started);

    const restarted = await underFault(system, forgedToken, {
      name: `kill: ${first}, ${second}; start: ${second}, ${first}`,
      async begin() {
        await system.services[first].kill();
        await system.services[second].kill();
        await expectHealthOfAll();
      },
      end: () => inOrder([second, first]),
      lastsMs: 0,
      down: [first, second],
    });
    expectOutage(restarted);
  },
);

/** Expects each running service to be live, and ready when all of its dependencies run; else to name those down. */
async function expectHealthOfAll(): Promise<void> {
  const running = SERVICES.filter((name) => system.services[name].isRunning);
  await Promise.all(
    running.map(async (name) => {
      expect.soft((await health(name, 'live')).status).toBe(200);
      const expected = expectedHealth(name);
      for (let waited = 0; waited < NOTICE_MS && !(await isAsExpected(name, expected)); waited += 50)
        await sleep(50);
      expect.soft(await health(name, 'ready'), `${name} beside ${running}`).toMatchObject(expected);
    }),
  );
}

function expectedHealth(name: ServiceName) {
  const states = Object.entries(DEPENDENCIES[name]).map(([dependency, called]) => [
    called,
    system.services[dependency as ServiceName].isRunning ? 'up' : 'down',
  ]);
  const ready = states.every(([, state]) => state === 'up');
  return {
    status: ready ? 200 : 503,
    body: { dependencies: Object.fromEntries(states) as Record<string, string> },
  };
}

async function isAsExpected(
  name: ServiceName,
  expected: ReturnType<typeof expectedHealth>,
): Promise<boolean> {
  const { status, body } = await health(name, 'ready');
  const { dependencies } = expected.body;
  return (
    status === expected.status &&
    Object.entries(dependencies).every(([called, state]) => body.dependencies?.[called] === state)
  );
}

async function health(
  name: ServiceName,
  what: 'live' | 'ready',
): Promise<{ status: number; body: { dependencies?: Record<string, string> } }> {
  const response = await fetch(`${system.services[name].url}/health/${what}`);
  return {
    status: response.status,
    body: (await response.json()) as { dependencies?: Record<string, string> },
  };
}
