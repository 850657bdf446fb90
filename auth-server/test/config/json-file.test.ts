/** Settings that name JSON files, and what their faults say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { parseSettings } from 'shared/config/settings.ts';
import { faultsOf } from 'shared/test/faults-of.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { jsonFile } from '../../src/config/json-file.ts';

describe('a setting that names a JSON file', () => {
  const schema = z.object({ FILE: jsonFile(z.object({ list: z.array(z.int()) })) });

  test('is the content of the file', () => {
    const FILE = fileWith('{"list":[1,2]}');
    expect(parseSettings(schema, { FILE })).toEqual({ FILE: { list: [1, 2] } });
  });

  test('says where in the file a fault is, without the value', () => {
    const faults = faultsOf(schema, { FILE: fileWith('{"list":[1,"secret"]}') });
    expect(faults).toEqual(['FILE: entry 2 of list must be a number']);
    expect(faults.join()).not.toContain('secret');
  });

  test.each([
    ['secret', 1, 1],
    ['', 1, 1],
    ['[1,]', 1, 4],
    ['{"secret": 1,}', 1, 14],
    ['{"list": [1],\n "secret"}', 2, 10],
    ['{\n  // secret\n  "list": []}', 2, 3],
    ['{"list": [1,\n 2}', 2, 3],
    ['{"list": [1]} secret', 1, 15],
    ['{"list": [01]}', 1, 12],
    ["\n{'list': []}", 2, 2],
  ])('says where in the file the syntax is wrong, and does not quote it: %j', (content, line, column) => {
    const FILE = fileWith(content);
    const faults = faultsOf(schema, { FILE });
    expect(faults).toEqual([`FILE: ${FILE} is not JSON: see line ${line}, column ${column}`]);
    expect(faults.join()).not.toContain('secret');
  });

  test('may begin with a byte order mark', () => {
    const FILE = fileWith('\uFEFF{"list":[5]}');
    expect(parseSettings(schema, { FILE })).toEqual({ FILE: { list: [5] } });
  });

  test('may not name a file that does not exist', () => {
    expect(faultsOf(schema, { FILE: '/no/such/file' })).toEqual([expect.stringMatching(/^FILE: .*ENOENT/)]);
  });

  test('has a path relative to the folder in which npm was started', () => {
    const path = fileWith('{"list":[3]}');
    vi.stubEnv('INIT_CWD', dirname(path));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(parseSettings(schema, { FILE: basename(path) })).toEqual({ FILE: { list: [3] } });
  });

  test('has a path relative to the working directory without npm', () => {
    vi.stubEnv('INIT_CWD', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const FILE = relative(process.cwd(), fileWith('{"list":[4]}'));
    expect(parseSettings(schema, { FILE })).toEqual({ FILE: { list: [4] } });
  });

  test('that cannot be read has a fault which says where paths count from, without the path', () => {
    const faults = faultsOf(schema, { FILE: 'no-such-file' });
    expect(faults).toEqual([expect.stringContaining('counts from the folder that npm was started in')]);
    expect(faults.join()).not.toContain('no-such-file');
  });

  test('does not show its value when it holds the JSON itself', () => {
    expect(faultsOf(schema, { FILE: '{"list":["secret"]}' }).join()).not.toContain('secret');
  });

  function fileWith(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'file.json');
    writeFileSync(path, content);
    return path;
  }
});
