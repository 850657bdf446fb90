/** Runs the commands of a page on a system with the APIs and the clients that the page shows, and compares the answers. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type System, startedSystem } from '../system.ts';
import { named, textOf } from './pages.ts';

const run = promisify(execFile);

/** A command of a page, and the answer that the page shows below it; empty when it shows none. */
interface Shown {
  command: string;
  answer: string;
}

/** A running system with what a page shows. */
export interface ShownSystem {
  system: System;
  /** The JSON of the page: its APIs, its clients, and what follows. */
  json: string[];
  /** The commands that need no user, in order. */
  commands: Shown[];
  /** Writes a file that lasts as long as the system. */
  fileWith(name: string, content: string): string;
  /** A text of the page, with the address of this system. */
  here(text: string): string;
  /** Types the commands, and answers what they print and what the page shows, both without what differs each time. */
  typed(): Promise<{ printed: string[]; shown: string[] }>;
  stop(): Promise<void>;
}

/**
 * Starts the system of a page, whose first JSON is that of its APIs and whose second is that of its clients.
 *
 * @param elsewhere addresses of the page that are others here
 */
export async function systemOf(page: string, elsewhere: Record<string, string> = {}): Promise<ShownSystem> {
  const text = Object.entries(elsewhere).reduce(
    (changed, [address, here]) => changed.replaceAll(address, here),
    textOf(page),
  );
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  const json = named(text, /^```json\n(.*?)^```/gms);
  const [apis = '', clients = ''] = json;
  const commands = commandsIn(text);
  const system = await startedSystem({
    APIS_FILE: fileWith('apis.json', apis),
    CLIENTS_FILE: fileWith('clients.json', clients),
  });
  const here = (shown: string) => shown.replaceAll('http://localhost:5001', system.urls.authServer);
  return {
    system,
    json,
    commands,
    fileWith,
    here,
    async typed() {
      const script = commands.map(
        ({ command }) => `${command}${command.startsWith('curl') ? ' -s; echo' : ''}`,
      );
      const { stdout } = await run('bash', ['-c', here(script.join('\n'))]);
      return {
        printed: stdout.trim().split('\n').map(withoutWhatDiffers),
        shown: commands.flatMap(({ answer }) => answer || []).map(withoutWhatDiffers),
      };
    },
    async stop() {
      await system.stop();
      rmSync(folder, { recursive: true });
    },
  };

  function fileWith(name: string, content: string): string {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  }
}

function commandsIn(text: string): Shown[] {
  return [...text.matchAll(/^ {4}\$ ((?:.*\\\n)*.*)\n(?: {4}(\{.*))?/gm)]
    .map(([, command = '', answer = '']) => ({ command: command.replace(/\\\n\s*/g, ' '), answer }))
    .filter(({ command }) => !command.includes('THE_'));
}

function withoutWhatDiffers(answer: string): string {
  return answer
    .replace(/"eyJ[^"]*"/g, '"eyJ"')
    .replace(/"jti":"[^"]*"/g, '"jti":""')
    .replace(/localhost:\d+/g, 'localhost')
    .replace(/"(exp|iat|auth_time)":\d+/g, '"$1":0');
}
