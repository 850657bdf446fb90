/** The calls in the table of the page, typed into one shell in the order of the page. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { commandsOf, textOf } from '../e2e/documents/pages.ts';

const run = promisify(execFile);

/** A call of the page: what is typed, and what the page says of the answer. */
export interface PageCall {
  command: string;
  expected: string;
  because: string;
}

const [, section = ''] = /^## Call it\n(.*?)^## /ms.exec(textOf('docs/protect-an-api.md')) ?? [];

const rows: PageCall[] = [...section.matchAll(/^\| `([^`]+)` \|(.*?)\|(.*?)\|$/gm)].map((match) => {
  const [, command = '', expected = '', because = ''] = match;
  return { command, expected: expected.trim(), because };
});

/** Types the commands of the page, and returns its calls with the answer that each got. */
export async function answersOfPage(
  issuerUrl: string,
  apiUrl: string,
): Promise<(PageCall & { answer: string })[]> {
  const separator = '=== next ===';
  const typed = [
    ...commandsOf(section),
    ...rows.map(({ command }) => `echo '${separator}'; ${command.replace('curl', 'curl -s')}`),
  ];
  const script = typed
    .join('\n')
    .replaceAll('http://localhost:5001', issuerUrl)
    .replaceAll('http://localhost:5050', apiUrl);
  const { stdout } = await run('bash', ['-c', script]);
  const answers = stdout.split(separator).slice(1);
  return rows.map((row, index) => ({ ...row, answer: answers[index] ?? '' }));
}
