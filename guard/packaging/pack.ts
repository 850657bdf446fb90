/** Packs the guard as plain JavaScript with types, for repositories of their own: `npm run pack -w guard`. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const guard = fileURLToPath(new URL('../', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'guard-'));

try {
  const { exports, ...manifest } = JSON.parse(readFileSync(join(guard, 'package.json'), 'utf8'));
  // Tests and the services import single files, which are no part of what is promised.
  const entries = Object.entries<string>(exports).filter(([name]) => !name.includes('*'));
  for (const [, file] of entries) copy(posix.join('guard', file));
  writeManifest(manifest, entries);
  compile();
  cpSync(join(guard, 'README.md'), join(work, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(work, 'LICENSE'));
  execFileSync('npm', ['pack', '--pack-destination', resolve(process.argv[2] ?? guard)], {
    cwd: work,
    stdio: 'inherit',
  });
} finally {
  rmSync(work, { recursive: true });
}

/** Copies a source file and all that it imports of the house, with relative specifiers instead of `shared/…`. */
function copy(file: string, done = new Set<string>()): void {
  if (done.has(file)) return;
  done.add(file);
  const source = readFileSync(join(root, file), 'utf8');
  const copied = source.replace(/(?<= from ')(shared\/|\.)[^']*(?=')/g, (specifier) => {
    const imported = specifier.startsWith('.')
      ? posix.join(posix.dirname(file), specifier)
      : specifier.replace('shared/', 'shared/src/');
    copy(imported, done);
    // A declaration keeps the specifier that it finds.
    const path = posix.relative(posix.dirname(file), imported).replace(/\.ts$/, '.js');
    return path.startsWith('.') ? path : `./${path}`;
  });
  const target = join(work, 'src', file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, copied);
}

/** Compiles what was copied into `dist/`, with the options of the house. */
function compile(): void {
  const compilerOptions = {
    noEmit: false,
    allowImportingTsExtensions: false,
    declaration: true,
    rootDir: 'src',
    outDir: 'dist',
  };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['src'] };
  symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', work], {
    stdio: 'inherit',
  });
}

function writeManifest(manifest: Record<string, unknown>, entries: [string, string][]): void {
  const { private: _, scripts: __, ...kept } = manifest;
  const compiled = (file: string, ending: string) =>
    `./${posix.join('dist/guard', file.replace(/\.ts$/, ending))}`;
  const exports = Object.fromEntries(
    entries.map(([name, file]) => [name, { types: compiled(file, '.d.ts'), default: compiled(file, '.js') }]),
  );
  writeFileSync(join(work, 'package.json'), JSON.stringify({ ...kept, exports, files: ['dist'] }, null, 2));
}
