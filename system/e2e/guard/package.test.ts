/** The guard in a repository of its user's own: as a folder beside it, and as the tarball of `npm run pack -w guard`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, startUpstream } from 'shared/test/upstream.ts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { guardFolder, ownRepository, packedGuard, typeErrors } from './own-repository.ts';

let folder = '';
let tarball = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-'));
  tarball = packedGuard(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const server = `
import express from 'express';
import { createGuard } from 'guard';
import { protect } from 'guard/express';

const guard = createGuard({
  resource: 'https://orders.example',
  issuer: process.env.ISSUER,
  tokens: { clientId: 'orders-api', clientSecret: 'a-secret' },
});
const app = express();
app.get('/orders', protect(guard, { scope: 'orders:read' }), (request, response) => {
  response.json({ of: request.caller.user });
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

const typed = readFileSync(new URL('typed-api.ts', import.meta.url), 'utf8');

/** What `typed` needs besides the guard. */
const typedPackages = [
  'jose zod express fastify koa @koa/router',
  '@types/node @types/express @types/koa',
].flatMap((names) => names.split(' '));

describe.each([
  ['the folder', () => guardFolder],
  ['the tarball', () => tarball],
])('with %s installed', (_, source) => {
  test('an API in plain JavaScript is protected', async () => {
    const good = { sub: 'alice', scope: 'orders:read', aud: 'https://orders.example' };
    const { base: issuer } = await startUpstream((request, res) =>
      json({ active: request.body.includes('good'), ...good })(request, res),
    );
    const own = ownRepository(source(), 'jose', 'zod', 'express');
    onTestFinished(own.remove);
    own.write('server.js', server);
    const base = await started(own.folder, issuer);
    const get = (token?: string) =>
      fetch(`${base}/orders`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
    expect((await get()).status).toBe(401);
    expect((await get('bad')).status).toBe(401);
    const answer = await get('good');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ of: 'alice' });
  });
});

test('the tarball has types that strict TypeScript accepts, and that find a mistake', () => {
  const own = ownRepository(tarball, ...typedPackages);
  onTestFinished(own.remove);
  own.write('api.ts', typed);
  expect(typeErrors(own.folder, 'api.ts')).toBe('');
  own.write('wrong.ts', typed.replace("user: 'optional'", "user: 'maybe'"));
  expect(typeErrors(own.folder, 'wrong.ts')).toContain('"maybe"');
});

test('the tarball holds the README, the licence, and nothing but JavaScript and its types, which need jose and zod', () => {
  const own = ownRepository(tarball, 'jose', 'zod');
  onTestFinished(own.remove);
  const installed = join(own.folder, 'node_modules/guard');
  for (const file of ['README.md', 'LICENSE']) expect(existsSync(join(installed, file))).toBe(true);
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => /\.\w+$/.test(file) && !/(\.d\.ts|\.js)$/.test(file))).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(Object.keys(manifest.dependencies)).toEqual(['jose', 'zod']);
  expect(Object.keys(manifest.exports)).toEqual(['.', './koa', './express', './fastify', './web']);
  // None of them needs its framework, or anything else that is not installed here.
  const entries = Object.keys(manifest.exports).map((entry) => entry.replace('.', 'guard'));
  const imports = entries.map((entry) => `import '${entry}';`).join('');
  execFileSync(process.execPath, ['--input-type=module', '-e', imports], { cwd: own.folder, stdio: 'pipe' });
});

/** Starts `server.js` of a folder until the test is finished, and answers its base URL. */
async function started(cwd: string, issuer: string): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, ['server.js'], {
    cwd,
    env: { ISSUER: issuer },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const [port] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return `http://127.0.0.1:${String(port).trim()}`;
}
