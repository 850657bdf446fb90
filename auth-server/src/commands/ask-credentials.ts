/** Asks at a terminal for a username and for a password, and does not show the password. */
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import type { AdminCredentials } from '../core/users/first-admin.ts';

/**
 * The credentials that were typed; undefined when the two passwords differ or the input was cancelled.
 *
 * @param output where the questions are shown
 */
export async function askCredentials(
  input: Readable,
  output: Writable,
): Promise<AdminCredentials | undefined> {
  let hidden = false;
  const echo = new Writable({
    write(text, _encoding, done) {
      if (!hidden) output.write(text);
      done();
    },
  });
  const terminal = createInterface({ input, output: echo, terminal: true, prompt: 'Username: ' });
  const lines = terminal[Symbol.asyncIterator]();
  // Hides as soon as the first line ends, not when it is read, because the password may have been typed ahead.
  terminal.once('line', () => {
    hidden = true;
  });
  try {
    terminal.prompt();
    const username = (await nextLine())?.trim();
    output.write('Password: ');
    const password = await nextLine();
    output.write('\nPassword again: ');
    const repeated = await nextLine();
    output.write('\n');
    return username !== undefined && password !== undefined && password === repeated
      ? { username, password }
      : undefined;
  } finally {
    terminal.close();
  }

  async function nextLine(): Promise<string | undefined> {
    const { done, value } = await lines.next();
    return done ? undefined : value;
  }
}
