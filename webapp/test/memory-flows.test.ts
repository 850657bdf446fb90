/** How many flows may wait at once. */
import { expect, test } from 'vitest';
import { memoryFlows } from '../src/adapters/memory-flows.ts';

const flow = (state: string) => ({
  call: { endpoint: 'current_time' as const, representation: 'json' as const, username: 'bob' },
  isStepUp: false,
  request: { url: 'http://localhost:5001/authorize', state, codeVerifier: 'verifier' },
});

test('the oldest flow makes room for one too many', async () => {
  const flows = memoryFlows(60_000, 3);
  const secrets = new Map<string, string>();
  for (const state of ['first', 'second', 'third', 'fourth'])
    secrets.set(state, await flows.keep(flow(state), '192.0.2.1'));
  const taken = await Promise.all([...secrets].map(([state, secret]) => flows.take(state, secret)));
  expect(taken.map((found) => found?.request.state)).toEqual([undefined, 'second', 'third', 'fourth']);
});

test('an address that begins flows without end drops its own, and those of nobody else', async () => {
  const flows = memoryFlows(60_000, 100);
  const secret = await flows.keep(flow('mine'), '192.0.2.1');
  for (let count = 0; count < 1_000; count++) await flows.keep(flow(`flood ${count}`), '192.0.2.2');
  expect((await flows.take('mine', secret))?.request.state).toBe('mine');
});
