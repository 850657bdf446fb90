/** How a service reads its settings again on SIGHUP, tested as a real process. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { logOf, startService } from './child-service.ts';

/** Sends the signal, and waits until the service has dealt with it. */
async function hangUp(child: ChildProcess): Promise<void> {
  const dealtWith = once(child, 'message');
  child.kill('SIGHUP');
  await dealtWith;
}

test('a service without a reload ends on SIGHUP', async () => {
  const { child, ended } = await startService();
  child.kill('SIGHUP');
  expect((await ended).exitCode).toBeNull();
});

test('a reload that works is logged, and one that does not is logged with each fault, and the service goes on', async () => {
  const { base, child, ended } = await startService({ RELOAD: 'works, has faults, fails' });
  for (let signals = 0; signals < 3; signals += 1) await hangUp(child);
  expect(await (await fetch(base)).text()).toBe('hello');
  child.kill('SIGINT');
  const about = logOf(await ended).filter(({ event }) => String(event).startsWith('settings.'));
  expect(about.map(({ event, level, msg }) => [event, level, msg])).toEqual([
    ['settings.reloaded', 'info', 'the files of the settings are read again and in force'],
    ['settings.not_reloaded', 'error', 'the first fault; what was in force before stays in force'],
    ['settings.not_reloaded', 'error', 'the second fault; what was in force before stays in force'],
    [
      'settings.not_reloaded',
      'error',
      'the files of the settings cannot be read again; what was in force before stays in force',
    ],
  ]);
});

test('two signals in a row lead to two reloads, one after the other', async () => {
  const { child, ended } = await startService({ RELOAD: 'slow, slow' });
  const both = new Promise<unknown[]>((resolve) => {
    const messages: unknown[] = [];
    child.on('message', (message) => {
      messages.push(message);
      if (messages.length === 2) resolve(messages);
    });
  });
  child.kill('SIGHUP');
  // The system makes one of two signals that have not been delivered.
  await sleep(50);
  child.kill('SIGHUP');
  expect(await both).toEqual(['alone', 'alone']);
  child.kill('SIGINT');
  expect((await ended).exitCode).toBe(0);
});
