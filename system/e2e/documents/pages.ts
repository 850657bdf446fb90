/** Reads the documents of the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Every document, as a path from the top of the project. */
export const pages = [
  ...filesIn('.').filter((file) => /^[^/]+\.md$/.test(file)),
  'guard/README.md',
  'examples/chain/README.md',
  ...filesIn('docs', true).filter((file) => file.endsWith('.md')),
];

/** The workspaces, which are also the names that paths of sources begin with. */
export const WORKSPACES = ['auth-server', 'resource-server', 'webapp', 'guard', 'shared', 'system'];

/** The text of a file, which is named by its path from the top of the project. */
export function textOf(file: string): string {
  return readFileSync(posix.join(root, file), 'utf8');
}

/** Whether there is a file or a folder at a path from the top of the project. */
export function exists(path: string): boolean {
  return existsSync(posix.join(root, path));
}

/** The entries of a folder of the project; with `recursive` also those of its subfolders. */
export function filesIn(folder: string, recursive = false): string[] {
  return readdirSync(posix.join(root, folder), { recursive, encoding: 'utf8' }).map((file) =>
    posix.join(folder, file),
  );
}

/** The folders in a folder of the project. */
export function foldersIn(folder: string): string[] {
  return readdirSync(posix.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => posix.join(folder, name));
}

/** The first group of each match of a pattern in a text, without duplicates. */
export function named(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => String(match[1])))];
}

/** The code in a document: spans, and fenced or indented blocks. */
export function codeOf(text: string): string {
  return [...text.matchAll(/^```[^\n]*\n(.*?)^```|^ {4}([^\n]*)$|`([^`\n]+)`/gms)]
    .map((match) => match[1] ?? match[2] ?? match[3])
    .join('\n');
}

/** The commands of a document that begin with `$`, in the order in which a reader types them, each on one line. */
export function commandsOf(text: string): string[] {
  return [...text.matchAll(/^ {4}\$ ((?:.*\\\n)*.*)$/gm)].map((match) =>
    String(match[1])
      .replace(/\\\n\s*/g, ' ')
      .replace(/\s+# .*$/, ''),
  );
}

/** The anchors of a document's headings, as the host of the repository makes them. */
export function anchorsOf(text: string): string[] {
  return named(text, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
