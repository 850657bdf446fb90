/** The scripts that run when packages are installed. npm up to version 10 runs those of every package. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The packages whose scripts may run, and what the scripts do. */
const KNOWN: Record<string, string> = {
  node: 'installs and links the binary of Node.js for this machine, in the version of the package',
};

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

test('only known packages run a script when they are installed', () => {
  const packages: Record<string, { hasInstallScript?: boolean }> = read('package-lock.json').packages;
  const withScripts = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? path.replace(/^.*node_modules\//, '') : [],
  );
  expect(withScripts).toEqual(Object.keys(KNOWN));
});

test('npm 11, which blocks scripts by default, allows those of the same packages', () => {
  expect(Object.keys(read('package.json').allowScripts)).toEqual(Object.keys(KNOWN));
});

test('an empty package replaces the one that reports installations of Swagger UI', () => {
  expect(read('package-lock.json').packages['node_modules/@scarf/scarf']).toMatchObject({
    name: '@favware/skip-dependency',
  });
});
