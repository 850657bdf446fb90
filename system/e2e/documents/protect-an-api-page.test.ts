/** The page on protecting an API shows the files of its examples as they are. */
import { expect, test } from 'vitest';
import { exists, filesIn, textOf } from './pages.ts';

const page = textOf('docs/protect-an-api.md');

/** The files that the page shows whole or in part, each named in the line before its code. */
const shown = [...page.matchAll(/^`((?:examples|deploy)\/[^`]+)`:\n\n```\w+\n(.*?)^```$/gms)].map(
  ([, file = '', code = '']) => ({
    file,
    code,
  }),
);

test('it has no code that is not in a file', () => {
  expect(shown.length).toBe([...page.matchAll(/^```\w+$/gm)].length);
});

test.each(shown)('it shows $file as it is', ({ file, code }) => {
  expect(exists(file) && textOf(file)).toContain(code);
});

test('it shows or names every source of the example in each language', () => {
  const files = filesIn('examples/protect-an-api', true);
  const sources = files.filter((file) => /\.(ts|py|go|java|json|xml)$/.test(file));
  const own = sources.filter((file) => !/\/(\.venv|target|__pycache__)\//.test(file));
  const unnamed = own.filter((file) => !page.includes(String(file.split('/').at(-1))));
  expect(own.length).toBeGreaterThan(8);
  expect(unnamed).toEqual([]);
});

test.each(filesIn('deploy/forward-auth'))('it shows or names %s', (file) => {
  expect(page).toContain(`\`${file}\``);
});
