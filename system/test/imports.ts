/** The source files of the house, and what each imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';

const root = new URL('../../', import.meta.url);

/** The folders of source files. */
const folders = ['auth-server/src', 'resource-server/src', 'webapp/src', 'guard/src', 'shared/src', 'system'];

/** Every source file except tests and their configuration, as a path from the top of the project. */
export const sources = folders.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|js)$/.test(file) && !/^test\/|node_modules|vitest\.config/.test(file))
    .map((file) => `${folder}/${file}`),
);

/** The specifiers of a file's imports. */
function importsOf(file: string): string[] {
  const source = readFileSync(new URL(file, root), 'utf8');
  return [
    ...source.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm),
  ].map((match) => String(match[1] ?? match[2] ?? match[3]));
}

/** The files of the house that a file imports, as paths from the top of the project. */
export function filesImportedBy(file: string): string[] {
  return importsOf(file).flatMap((specifier) => {
    if (specifier.startsWith('.')) return posix.join(dirname(file), specifier);
    if (specifier.startsWith('shared/test/')) return specifier;
    if (specifier === 'guard') return 'guard/src/guard.ts';
    if (/^guard\/\w+$/.test(specifier))
      return specifier.replace(/^guard\/(\w+)/, 'guard/src/frameworks/$1.ts');
    return /^(shared|guard)\//.test(specifier) ? specifier.replace('/', '/src/') : [];
  });
}

/** The packages that a file imports, without Node's own modules and those of the house. */
export function packagesImportedBy(file: string): string[] {
  return importsOf(file).filter((specifier) => !/^(\.|node:|shared\/|guard(\/|$))/.test(specifier));
}
