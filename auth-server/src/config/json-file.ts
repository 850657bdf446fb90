/** Settings that name JSON files. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * A setting that names a JSON file; its value is the file's parsed content. Services run in folders of their
 * own, so a relative path counts from the folder that npm was started in.
 */
export function jsonFile<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((path, context) => {
      const content = contentOf(resolve(process.env.INIT_CWD ?? '', path));
      if ('json' in content) return content.json;
      context.issues.push({ code: 'custom', input: path, message: content.fault });
      return z.NEVER;
    })
    .pipe(schema);
}

/** What a file holds, or what is wrong with it. */
function contentOf(path: string): { json: unknown } | { fault: string } {
  let text: string;
  try {
    // Some editors begin a file with a byte order mark, which RFC 8259 §8.1 allows to ignore.
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    // The value is not shown: it may be the content itself, by mistake, with its secrets.
    return { fault: `the file that it names cannot be read (${codeOf(error)}): ${RELATIVE_PATHS}` };
  }
  try {
    return { json: JSON.parse(text) };
  } catch {
    // Nor is the engine's message, which quotes the file and does not always say where.
    return { fault: `${path} is not JSON: see ${placeIn(text, faultAt(text))}` };
  }
}

const RELATIVE_PATHS =
  'a relative path counts from the folder that npm was started in, or else from the working directory';

function placeIn(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

const SPACE = '[ \\t\\r\\n]*';
const STRING = '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4}))*"';
const NUMBER = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';

/** Where a text stops to be JSON (RFC 8259), as an index. */
function faultAt(text: string): number {
  let at = 0;
  if (take(SPACE) && value()) take('$');
  return at;

  function value(): boolean {
    if (take('\\[')) return take('\\]') || list(value, '\\]');
    if (take('\\{')) return take('\\}') || list(member, '\\}');
    return take(`${STRING}|${NUMBER}|true|false|null`);
  }

  function member(): boolean {
    return take(STRING) && take(':') && value();
  }

  function list(item: () => boolean, end: string): boolean {
    while (item()) {
      if (take(end)) return true;
      if (!take(',')) return false;
    }
    return false;
  }

  function take(token: string): boolean {
    const found = new RegExp(`(?:${token})${SPACE}`, 'y');
    found.lastIndex = at;
    if (!found.test(text)) return false;
    at = found.lastIndex;
    return true;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
