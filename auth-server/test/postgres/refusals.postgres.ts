/** A database that does not let us in is a fault at the start, which names its setting, and an outage later. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Service } from '../../../system/faults/harness/service.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { OwnServer, startPgBouncer } from './support/own-server.ts';
import { startRelay } from './support/relay.ts';
import { atServer } from './support/server.ts';

const PASSWORD = 'a/b+c=d@e:f#g%h?';
const SEALING_KEYS = randomBytes(32).toString('base64');

let server: OwnServer;
beforeAll(async () => {
  server = await OwnServer.start();
  await atServer(`create role auth login password '${PASSWORD}'`, server.url);
  await atServer('create database auth owner auth', server.url);
  await atServer("create role reader login password 'reader'", server.url);
  await migrate(server.urlFor('auth', 'auth'));
  await atServer('grant select on kysely_migration to reader', server.urlFor('postgres', 'auth'));
  // The administrator is let in without a password, and other roles with theirs.
  await letInBy('host');
}, 60_000);

const letInBy = (type: 'host' | 'hostssl') =>
  server.letIn('host all postgres 127.0.0.1/32 trust', `${type} all all 127.0.0.1/32 scram-sha-256`);

/** Runs a program of the auth server to its end, and answers its output. */
async function run(file: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, [`src/${file}`], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env.PATH, PORT: String(await freePort()), SEALING_KEYS, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('exit', resolve)),
  ]);
  return { stdout, stderr, exitCode };
}

const admin = { CREATE_ADMIN_USERNAME: 'root', CREATE_ADMIN_PASSWORD: 'correct horse battery staple' };

const faults: [string, () => Record<string, string>, RegExp][] = [
  [
    'a wrong password',
    () => ({ DATABASE_URL: server.urlFor('auth', 'auth'), DATABASE_PASSWORD: 'not-the-password' }),
    /password authentication failed for user "auth"/,
  ],
  ['no password', () => ({ DATABASE_URL: server.urlFor('auth', 'auth') }), /password must be a/],
  [
    'a role that does not exist',
    () => ({ DATABASE_URL: server.urlFor('nobody:secret', 'auth') }),
    /user "nobody"/,
  ],
  [
    'a database that does not exist',
    () => ({ DATABASE_URL: server.urlFor('postgres', 'nowhere') }),
    /database "nowhere" does not exist/,
  ],
  [
    'a server without TLS, though the URL asks for it',
    () => ({ DATABASE_URL: `${server.urlFor('postgres', 'auth')}?sslmode=verify-full` }),
    /does not support SSL/,
  ],
  [
    'a certificate file that does not exist',
    () => ({
      DATABASE_URL: `${server.urlFor('postgres', 'auth')}?sslmode=verify-full&sslrootcert=/nowhere/ca.crt`,
    }),
    /ENOENT: .*\/nowhere\/ca\.crt/,
  ],
  [
    'a URL that a special character of its password breaks',
    () => ({ DATABASE_URL: 'postgres://auth:1/secret@127.0.0.1/auth' }),
    /must be postgres:\/\/user:password@host:port\/database/,
  ],
  [
    'a role that may not write',
    () => ({ DATABASE_URL: server.urlFor('reader:reader', 'auth') }),
    /permission denied/,
  ],
];

async function expectFault(file: string, environment: Record<string, string>, fault: RegExp): Promise<void> {
  const { stdout, stderr, exitCode } = await run(file, { ...environment, ...admin });
  expect(stderr).toMatch(/^[a-z-]+: DATABASE_URL: .+\n$/);
  expect(stderr).toMatch(fault);
  expect(stderr + stdout).not.toMatch(/not-the-password|secret/);
  expect([0, null]).not.toContain(exitCode);
}

test.each(faults)('the start ends with one line that names the setting: %s', (_what, environment, fault) =>
  expectFault('main.ts', environment(), fault),
);

test.each([
  ['migrate', 'no password'],
  ['migrate', 'a database that does not exist'],
  ['migrate', 'a certificate file that does not exist'],
  ['create-admin', 'no password'],
  ['create-admin', 'a role that may not write'],
  ['create-admin', 'a URL that a special character of its password breaks'],
])('so does npm run %s: %s', async (command, fault) => {
  const [, environment, line] =
    faults.find(([what]) => what === fault) ?? expect.fail(`no fault is ${fault}`);
  await expectFault(`commands/${command}.ts`, environment(), line);
});

test('so does the start behind PgBouncer, for a database that does not exist', async () => {
  const url = new URL(await bouncer);
  url.pathname = 'nowhere';
  await expectFault('main.ts', { DATABASE_URL: url.href }, /database "nowhere" does not exist/);
});

let bouncer: Promise<string>;
beforeAll(() => {
  bouncer = startPgBouncer(server.url);
  return bouncer;
});

describe('TLS', () => {
  let certificate: string;
  beforeAll(async () => {
    [certificate] = ['server.crt', 'server.key'].map((name) => join(server.folder, name)) as [string, string];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', join(server.folder, 'server.key'), '-out', certificate];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, ...files], {
      stdio: 'ignore',
    });
    await server.own('server.key', 'server.crt');
    await atServer('alter system set ssl = on', server.url);
    await letInBy('hostssl');
  });

  test('is named as the fault when the server requires it and the URL does not ask for it', async () => {
    const { stderr } = await run('main.ts', {
      DATABASE_URL: server.urlFor('auth', 'auth'),
      DATABASE_PASSWORD: PASSWORD,
    });
    expect(stderr).toMatch(/^auth-server: DATABASE_URL: .*no pg_hba\.conf entry .* no encryption\n$/);
  });

  test('with an untrusted certificate is refused, and accepted when the URL names the certificate', async () => {
    const url = server.urlFor('auth', 'auth').replace('127.0.0.1', 'localhost');
    const settings = { DATABASE_URL: `${url}?sslmode=verify-full`, DATABASE_PASSWORD: PASSWORD };
    expect((await run('main.ts', settings)).stderr).toMatch(
      /^auth-server: DATABASE_URL: .*self-signed certificate.*\n$/,
    );
    const file = await temporaryFile(readFileSync(certificate, 'utf8'));
    const trusting = { ...settings, DATABASE_URL: `${settings.DATABASE_URL}&sslrootcert=${file}` };
    expect(await run('commands/migrate.ts', trusting)).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('an auth server that waits for its database', () => {
  test('logs each new cause, and ends when waiting cannot mend it', async () => {
    const relay = await startRelay(server.url);
    relay.cut();
    const logFile = await temporaryFile('');
    const url = new URL(relay.url);
    url.username = 'auth';
    url.pathname = 'nowhere';
    const service = new Service({
      name: 'auth-server',
      port: await freePort(),
      environment: { DATABASE_URL: url.href, DATABASE_PASSWORD: PASSWORD, SEALING_KEYS },
      logFile,
    });
    onTestFinished(() => service.kill());
    await service.start();
    const awaited = () => service.log().filter(({ event }) => event === 'store.awaited');
    await expect.poll(() => awaited().length, { timeout: 5_000 }).toBe(1);
    await sleep(2_500);
    // Only once, though it has tried again.
    expect(awaited()).toEqual([expect.objectContaining({ cause: expect.stringMatching(/ECONNRESET/) })]);
    relay.leadTo(`postgres://127.0.0.1:${await freePort()}`);
    relay.mend();
    await expect.poll(() => awaited().length, { timeout: 5_000 }).toBe(2);
    expect(awaited()[1]).toMatchObject({ cause: expect.stringMatching(/terminated unexpectedly/) });
    relay.leadTo(server.url);
    await expect.poll(() => service.isRunning, { timeout: 10_000 }).toBe(false);
    expect(service.log()).toContainEqual(
      expect.objectContaining({
        level: 'fatal',
        event: 'service.not_started',
        msg: expect.stringMatching(/^DATABASE_URL: .*no pg_hba\.conf entry|does not exist/),
      }),
    );
  });
});

test('a password that changes while the auth server runs is an outage until it is the old one again', async () => {
  await letInBy('host');
  const url = new URL(server.urlFor('auth', 'auth'));
  url.password = encodeURIComponent(PASSWORD);
  const auth = await startAuthServer({
    USER_DIRECTORY: 'accept-anyone',
    DATABASE_URL: url.href,
    SEALING_KEYS,
  });
  const token = await auth.requestToken();
  expect(token.status).toBe(200);
  const { access_token } = (await token.json()) as { access_token: string };
  const change = (password: string) =>
    atServer(
      `alter role auth password '${password}';
      select pg_terminate_backend(pid) from pg_stat_activity where usename = 'auth'`,
      server.url,
    );
  await change('another');
  const refused = await auth.introspect(access_token);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await auth.revoke(access_token)).status).toBe(503);
  expect((await fetch(`${auth.issuer}/health/ready`)).status).toBe(503);
  await change(PASSWORD);
  expect((await auth.introspect(access_token)).status).toBe(200);
  expect((await fetch(`${auth.issuer}/health/ready`)).status).toBe(200);
});
