/** Each requirement in docs/standards.md is shown by a test that there is. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The rows of the tables, as the titles of tests by their section. */
const rows = read('docs/standards.md')
  .split('\n## Requirements and their tests')
  .slice(1)
  .join('')
  .split('\n')
  .flatMap((line) => {
    const [, section = '', , titles = ''] = line.split(/ ?(?<!\\)\| ?/);
    return /^(?:RFC \d+|MCP|CIMD) §/.test(section)
      ? [{ section, titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title) }]
      : [];
  });

const tests = globSync('{auth-server,guard,resource-server,webapp,system}/**/*.{test,postgres}.ts', {
  cwd: root,
  exclude: (file) => file.includes('node_modules'),
})
  .map(read)
  .join('\n');

test('there is a table of requirements', () => {
  expect(rows.length).toBeGreaterThan(15);
});

test.each(rows)('$section is shown by tests that there are: $titles', ({ titles }) => {
  expect(titles.length).toBeGreaterThan(0);
  for (const title of titles) {
    const written = [title, title.replaceAll("'", "\\'"), title.replaceAll('`', '\\`')];
    expect(
      written.some((one) => tests.includes(one)),
      title,
    ).toBe(true);
  }
});
