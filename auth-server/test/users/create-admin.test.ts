/** `npm run create-admin`, as a real process on a real schema. */
import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { askCredentials } from '../../src/commands/ask-credentials.ts';
import { databaseDirectory } from '../../src/core/sign-in/database-directory.ts';
import { argon2Passwords, LEAST_EFFORT } from '../../src/stores/argon2-passwords.ts';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';
import { postgresUsers } from '../../src/stores/postgres/users.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { startPglite } from '../stores/pglite.ts';

const PASSWORD = 'correct horse battery staple';
const given = { CREATE_ADMIN_USERNAME: 'root', CREATE_ADMIN_PASSWORD: PASSWORD };
const database = startPglite();

beforeAll(() => database, 60_000);

/** Runs the command to its end, without any input. */
async function createAdmin(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['src/commands/create-admin.ts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('exit', resolve)),
  ]);
  expect(`${stdout}${stderr}`).not.toContain(environment.CREATE_ADMIN_PASSWORD || PASSWORD);
  return { exitCode, stdout, stderr };
}

describe('create-admin', () => {
  test('creates an administrator who can sign in, and says that the name is taken when it is run again', async () => {
    const url = await database;
    await emptyDatabase(url);
    await migrate(url);
    expect(await createAdmin({ DATABASE_URL: url, ...given })).toEqual({
      exitCode: 0,
      stdout: 'the administrator was created\n',
      stderr: '',
    });
    expect(await createAdmin({ DATABASE_URL: url, ...given, CREATE_ADMIN_USERNAME: 'ROOT' })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'create-admin: the username is taken\n',
    });
    const connection = openDatabase(url, { connections: 1 });
    try {
      const store = postgresUsers(connection);
      const throttle = { isSpent: async () => false, admit: async () => true, succeeded: async () => {} };
      const hasher = argon2Passwords(LEAST_EFFORT);
      const users = databaseDirectory({ store, hasher, throttle, rehashFailed: () => {} });
      const { sub } = (await users.authenticate('root', PASSWORD)) ?? {};
      expect(await store.find(String(sub))).toMatchObject({ roles: ['user', 'admin'], status: 'active' });
    } finally {
      await connection.destroy();
    }
  }, 30_000);

  test('says that the schema is missing, and makes none', async () => {
    const url = await database;
    await emptyDatabase(url);
    const told = {
      exitCode: 1,
      stdout: '',
      stderr: 'create-admin: DATABASE_URL: the schema does not fit this version: run npm run migrate\n',
    };
    expect(await createAdmin({ DATABASE_URL: url, ...given })).toEqual(told);
    expect(await createAdmin({ DATABASE_URL: url, ...given })).toEqual(told);
  }, 30_000);

  test('says that the database is away, without the password in its URL', async () => {
    const port = await freePort();
    const url = `postgres://user:secret@127.0.0.1:${port}/database`;
    expect(await createAdmin({ DATABASE_URL: url, ...given })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `create-admin: DATABASE_URL: the database cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    });
  });

  const needsDatabase = 'DATABASE_URL: must be set, to postgres://user:password@host:port/database';
  const otherDatabase =
    'DATABASE_URL: must be postgres://user:password@host:port/database; a password with signs in it goes into DATABASE_PASSWORD';
  const needsBoth =
    'CREATE_ADMIN_USERNAME and CREATE_ADMIN_PASSWORD: must both be set; at a terminal leave both out';

  test.each([
    ['no database', given, needsDatabase],
    ['another database', { DATABASE_URL: 'mysql://user:secret@nowhere/', ...given }, otherDatabase],
    ['neither name nor password', { DATABASE_URL: 'postgres://nowhere/' }, needsBoth],
    ['no password', { DATABASE_URL: 'postgres://nowhere/', CREATE_ADMIN_USERNAME: 'root' }, needsBoth],
    [
      'an empty password',
      { DATABASE_URL: 'postgres://nowhere/', ...given, CREATE_ADMIN_PASSWORD: '' },
      needsBoth,
    ],
  ])('says what is missing: %s', async (_what, environment, fault) => {
    expect(await createAdmin(environment)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `create-admin: ${fault}\n`,
    });
  });

  test.each([
    ['CREATE_ADMIN_PASSWORD', 'short', 'the password must have 8 to 1,000 characters\n'],
    [
      'CREATE_ADMIN_PASSWORD',
      'admin123',
      'the password must be neither the username nor a common password\n',
    ],
    ['CREATE_ADMIN_USERNAME', 'ab', 'the username must have 3 to 100 characters'],
  ])(
    'refuses a %s that no user may have',
    async (setting, value, fault) => {
      const url = await database;
      await emptyDatabase(url);
      await migrate(url);
      const ended = await createAdmin({ DATABASE_URL: url, ...given, [setting]: value });
      expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(fault) });
    },
    30_000,
  );
});

describe('at a terminal', () => {
  /** The text shown and the credentials read when these lines are typed; undefined ends the input. */
  async function type(...lines: (string | undefined)[]) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asked = askCredentials(input, output);
    for (const line of lines) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (line === undefined) input.end();
      else input.write(`${line}\r`);
    }
    const credentials = await asked;
    output.end();
    return { credentials, shown: await text(output) };
  }

  test('the command asks for name and password, and does not show the password', async () => {
    const { credentials, shown } = await type('root', PASSWORD, PASSWORD);
    expect(credentials).toEqual({ username: 'root', password: PASSWORD });
    expect(shown).toContain('Username: ');
    expect(shown).toContain('root');
    expect(shown).toContain('Password: ');
    for (const word of PASSWORD.split(' ')) expect(shown).not.toContain(word);
  });

  test('a mistyped character can be deleted', async () => {
    const { credentials } = await type('root', `${PASSWORD}x\x7f`, PASSWORD);
    expect(credentials?.password).toBe(PASSWORD);
  });

  test.each([
    ['the passwords differ', ['root', PASSWORD, `${PASSWORD}r`]],
    ['the input ends', ['root', undefined]],
    ['it is cancelled with Ctrl-C', ['root', 'half a passw\x03']],
    ['it is cancelled with Ctrl-D', ['\x04']],
  ])('no credentials are read when %s', async (_why, lines) => {
    const { credentials, shown } = await type(...lines);
    expect(credentials).toBeUndefined();
    expect(shown).not.toContain('horse');
  });

  test('a password that is typed ahead is not shown', async () => {
    const { credentials, shown } = await type(`root\r${PASSWORD}\r${PASSWORD}`);
    expect(shown).not.toContain('horse');
    expect(credentials).toEqual({ username: 'root', password: PASSWORD });
  });
});
