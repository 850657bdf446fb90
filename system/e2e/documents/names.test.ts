/** What the documents name exists: pages and headings, files, scripts, settings, scopes and rooms. */
import { posix } from 'node:path';
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema as authServer } from '../../../auth-server/src/config.ts';
import { ADMIN_SCOPES } from '../../../auth-server/src/core/apis/admin-scopes.ts';
import { OIDC_SCOPES } from '../../../auth-server/src/core/apis/scopes.ts';
import { settingsSchema as resourceServer } from '../../../resource-server/src/config.ts';
import { settingsSchema as webapp } from '../../../webapp/src/config.ts';
import { portSettings } from '../../start/start-settings.ts';
import { sources } from '../../test/imports.ts';
import { anchorsOf, codeOf, exists, filesIn, foldersIn, named, pages, textOf, WORKSPACES } from './pages.ts';

/** Variables of commands, compose.yaml, Node.js or the tests, which no schema of a service has. */
const OTHER_VARIABLES = [
  'CREATE_ADMIN_PASSWORD',
  'CREATE_ADMIN_USERNAME',
  'NODE_EXTRA_CA_CERTS',
  'NOTES_SECRET',
  'NODE_OPTIONS',
  'OTEL_EXPORTER_OTLP_',
  'OTEL_EXPORTER_OTLP_TIMEOUT',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SERVICE_NAME',
  'ORDERS_API_SECRET',
  'POSTGRES_PASSWORD',
];

const settings = [authServer, resourceServer, webapp].flatMap((schema) => Object.keys(schema.in.shape));
const variables = [...settings, ...Object.keys(portSettings.shape), ...OTHER_VARIABLES];
/** The scopes of the APIs that docs/apis.md, docs/protect-an-api.md and examples/chain define. */
const OF_EXAMPLES = ['orders', 'stock', 'notes', 'calendar', 'almanac'].flatMap((api) => [
  `${api}:read`,
  `${api}:write`,
]);

const scopes: string[] = [...Object.keys(TIME_SCOPES), ...OIDC_SCOPES, ...ADMIN_SCOPES, ...OF_EXAMPLES];

/** What is imported of the guard, and the tarball that it is packed into. */
const PARTS_OF_GUARD = ['express', 'fastify', 'guard-1.0.0.tgz', 'koa', 'web'].map((part) => `guard/${part}`);

/** The changelog may also name things that no longer exist. */
const ofToday = pages.filter((page) => page !== 'CHANGELOG.md');

test.each(pages)('the links of %s lead somewhere', (page) => {
  const links = named(textOf(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
  const broken = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    return !exists(target) || (anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor));
  });
  expect(broken).toEqual([]);
});

describe.each(ofToday)('%s', (page) => {
  const text = textOf(page);
  // The sources of examples are files, and compilers know what they name.
  const code = codeOf(text.replace(/^```(?:ts|python|go|java)\n.*?^```$/gms, ''));

  test('names files and folders that are there', () => {
    const inWorkspace = new RegExp(
      `(?<![\\w/.:-])((?:${WORKSPACES.join('|')}|deploy|docs|examples|\\.ci)/[\\w./-]*)`,
      'g',
    );
    // `src/…` and `test/…` without a workspace are those of every service, or of some.
    const inSome = named(code, /(?<![\w/.-])((?:src|test)\/[\w./-]*)/g).filter(
      (path) => !WORKSPACES.some((workspace) => exists(`${workspace}/${path}`)),
    );
    const missing = named(code, inWorkspace).filter(
      (path) => !exists(path) && !PARTS_OF_GUARD.includes(path),
    );
    expect([...missing, ...inSome]).toEqual([]);
  });

  test('names npm scripts that are there', () => {
    const commands = [...code.matchAll(/npm (?:run (?:-s )?)?([a-z-]+(?::[a-z]+)*)([^\n#|&]*)/g)];
    const unknown = commands
      .map(([, script = '', rest = '']) => ({ script, workspace: /-w ([\w-]+)/.exec(rest)?.[1] }))
      .filter(
        ({ script, workspace }) =>
          !['ci', 'install'].includes(script) && !scriptsOf(workspace).includes(script),
      );
    expect(unknown).toEqual([]);
  });

  test('names settings that are there', () => {
    const names = named(code, /(?<![\w-])([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?![\w-])/g);
    const unknown = names.filter((name) => !/^(THE|SIG|ERR)_/.test(name) && !variables.includes(name));
    expect(unknown).toEqual([]);
  });

  test('asks for scopes that are there', () => {
    const asked = named(code, /\bscope[=:] ?["']?([\w:+ ]+?)(?=["'`&]|$| -| \\| http)/gm).flatMap((list) =>
      list.split(/[+ ]/),
    );
    const inWords = named(code, /^((?:users|clients|keys|grants|audit|profile):\w+)$/gm);
    expect([...asked, ...inWords].filter((scope) => !scopes.includes(scope))).toEqual([]);
  });
});

test('the README is short', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(160);
});

test('links lead from the README to every page', () => {
  const found = new Set(['README.md']);
  for (const page of found) {
    for (const link of named(textOf(page), /\]\(([^)\s#]+\.md)/g)) {
      if (!/^[a-z]+:/.test(link)) found.add(posix.join(posix.dirname(page), link));
    }
  }
  expect(pages.filter((page) => !found.has(page))).toEqual([]);
});

test('the page of the admin API has all of its scopes', () => {
  expect(named(textOf('docs/admin.md'), /^\| `(\w+:\w+)` \|/gm).sort()).toEqual([...ADMIN_SCOPES].sort());
});

test('the page of the architecture has every room', () => {
  const page = textOf('docs/architecture.md');
  const rooms = WORKSPACES.flatMap((workspace) =>
    foldersIn(workspace === 'system' ? workspace : `${workspace}/src`),
  ).filter((folder) => !folder.endsWith('node_modules'));
  const services = /^(auth-server|resource-server|webapp)\//;
  const unnamed = rooms.filter((room) => !page.includes(`\`${room.replace(services, '')}/\``));
  expect(unnamed).toEqual([]);
});

test('the pages that the services, compose.yaml and deploy/ name exist', () => {
  const texts = [
    ...sources,
    'compose.yaml',
    'Dockerfile',
    ...filesIn('deploy', true).filter((file) => /\.(yml|cfg)$/.test(file)),
  ];
  const referred = texts.flatMap((file) => named(textOf(file), /(docs\/[\w/-]+\.md)/g));
  expect(referred).not.toEqual([]);
  expect(referred.filter((page) => !exists(page))).toEqual([]);
});

function scriptsOf(workspace: string | undefined): string[] {
  const file = workspace === undefined ? 'package.json' : `${workspace}/package.json`;
  if (!exists(file)) return [];
  const { scripts = {} } = JSON.parse(textOf(file)) as { scripts?: Record<string, string> };
  return Object.keys(scripts);
}
