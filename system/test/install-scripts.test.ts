/** What runs when the packages are installed: npm up to 10 runs every script of every package, as whoever installs. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The packages whose scripts may run, and what these do. */
const KNOWN: Record<string, string> = {
  node: 'installs the binary of Node.js for this machine, of its own version, and links it',
};

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

test('no package runs a script when it is installed, but for those that are known', () => {
  const packages: Record<string, { hasInstallScript?: boolean }> = read('package-lock.json').packages;
  const withScripts = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? path.replace(/^.*node_modules\//, '') : [],
  );
  expect(withScripts).toEqual(Object.keys(KNOWN));
});

test('npm 11, which holds scripts back, is told of the same packages', () => {
  expect(Object.keys(read('package.json').allowScripts)).toEqual(Object.keys(KNOWN));
});

test('an empty package stands in for the one that reports installations of Swagger UI', () => {
  expect(read('package-lock.json').packages['node_modules/@scarf/scarf']).toMatchObject({
    name: '@favware/skip-dependency',
  });
});
