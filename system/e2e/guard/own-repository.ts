/** A repository of an API's author, with the guard installed by npm. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folder of the guard in this repository. */
export const guardFolder = join(root, 'guard');

/** npm runs the node that it finds, which has to be the one of this process. */
const env = { ...process.env, PATH: `${dirname(realpathSync(process.execPath))}:${process.env.PATH}` };

export interface Repository {
  folder: string;
  write(file: string, text: string): void;
  remove(): void;
}

/**
 * Makes a repository in which npm installs the guard without a network.
 *
 * @param guard a folder or a tarball, as in `npm install GUARD`
 * @param packages what else the API needs, from this repository
 */
export function ownRepository(guard: string, ...packages: string[]): Repository {
  const folder = mkdtempSync(join(tmpdir(), 'own-'));
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const installed = packages.map((name) => [name, `file:${join(root, 'node_modules', name)}`]);
  const dependencies = { guard: `file:${guard}`, ...Object.fromEntries(installed) };
  write('package.json', JSON.stringify({ type: 'module', dependencies }));
  // A linked package looks like a checkout, of which npm would run the scripts of its developers.
  const options = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options], { cwd: folder, env, stdio: 'pipe' });
  return { folder, write, remove: () => rmSync(folder, { recursive: true }) };
}

/** Packs the guard by its npm script into a folder, and answers the path of the tarball. */
export function packedGuard(folder: string): string {
  execFileSync('npm', ['run', 'pack', '-w', 'guard', '--', folder], { cwd: root, env, stdio: 'pipe' });
  return join(folder, 'guard-1.0.0.tgz');
}

/** The errors that the TypeScript compiler finds in a file of a repository; none is an empty text. */
export function typeErrors(folder: string, file: string): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  try {
    execFileSync(process.execPath, [compiler, ...options, file], { cwd: folder, stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}
