/** The ports that tests get for the processes which they start. */
import { expect, test } from 'vitest';
import { freePort } from '../serve.ts';

test('no port is given twice, although nobody listens on it yet', async () => {
  const ports: number[] = [];
  for (let count = 0; count < 200; count += 1) ports.push(await freePort());

  expect(new Set(ports).size).toBe(ports.length);
});
