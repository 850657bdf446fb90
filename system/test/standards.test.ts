/** Each requirement in docs/standards.md is shown by tests, which are where its table says. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const [, part = ''] = read('docs/standards.md').split('\n## Requirements and their tests');
const [intro = '', ...tables] = part.split('\n### ');

const rows = tables.flatMap((table) => {
  const tests = testsIn(table);
  return table.split('\n').flatMap((line) => {
    const [, section = '', , titles = ''] = line.split(/ ?(?<!\\)\| ?/);
    if (!/^(?:RFC \d+|MCP|CIMD) §/.test(section)) return [];
    return [{ section, tests, titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title) }];
  });
});

/** The tests in the files and folders that a table names above its rows. */
function testsIn(table: string): string {
  const above = table.slice(0, table.indexOf('\n|'));
  const places = [...above.matchAll(/`([^`]+)`/g)].map(([, place = '']) => place);
  return places
    .flatMap((place) =>
      place.endsWith('/') ? globSync(`${place}**/*.{test,postgres}.ts`, { cwd: root }) : [place],
    )
    .map(read)
    .join('\n');
}

test('each RFC that the page promises to go through has rows', () => {
  const promised = intro.match(/RFC \d+ §\d+/g) ?? [];
  expect(promised.length).toBeGreaterThan(2);
  for (const section of promised) expect(rows.map((row) => row.section).join()).toContain(section);
});

test.each(rows)('$section is shown by tests that there are: $titles', ({ titles, tests }) => {
  expect(titles.length).toBeGreaterThan(0);
  for (const title of titles) {
    // A title is a whole text of a test, or of a row of tests.
    const written = [title, title.replaceAll("'", "\\'"), title.replaceAll('`', '\\`')];
    const isThere = written.some((one) =>
      ["'", '"', '`'].some((quote) => tests.includes(`${quote}${one}${quote}`)),
    );
    expect(isThere, title).toBe(true);
  }
});
