/** The settings: their defaults, and their faults, which are all named at once. */
import { readFileSync } from 'node:fs';
import { parseIntoClientConfig } from 'pg-connection-string';
import { parseSettings } from 'shared/config/settings.ts';
import { faultsOf as faultsOfSchema } from 'shared/test/faults-of.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/config.ts';
import { makeKey, temporaryFile } from '../support/auth-server.ts';

const faultsOf = (environment: NodeJS.ProcessEnv) => faultsOfSchema(settingsSchema, environment);
const namesOf = (faults: string[]) => [...new Set(faults.map((fault) => fault.split(/[: ]/)[0]))].sort();

const demo = [
  'ISSUER',
  'JWKS_FILE',
  'RESOURCE_SERVER_CLIENT_SECRET',
  'USER_DIRECTORY',
  'WEBAPP_CLIENT_SECRET',
];

const production = async () => ({
  APP_ENV: 'production',
  ISSUER: 'https://auth.example',
  JWKS_FILE: await temporaryFile({ keys: [(await makeKey()).jwk] }),
  USER_DIRECTORY: 'none',
  WEBAPP_CLIENT_SECRET: 'vBqP7sK2dXw9aZ4e',
  RESOURCE_SERVER_CLIENT_SECRET: 'nT4mRz8LcY6hQw3k',
});

describe('a database', () => {
  const DATABASE_URL = 'postgres://user:secret-password@localhost:5432/auth';
  const SEALING_KEYS = Buffer.alloc(32, 7).toString('base64');

  test('needs one or more sealing keys', () => {
    expect(faultsOf({ DATABASE_URL })).toEqual([
      expect.stringMatching(/^SEALING_KEYS: must be set when DATABASE_URL is/),
    ]);
    const two = parseSettings(settingsSchema, {
      DATABASE_URL,
      SEALING_KEYS: `${SEALING_KEYS}, ${SEALING_KEYS}`,
    });
    expect(two.SEALING_KEYS?.map((key) => key.length)).toEqual([32, 32]);
  });

  test.each(['c2hvcnQ=', 'not base64 at all', `${SEALING_KEYS}AAAA`])(
    'is not sealed with %s, which the fault does not quote',
    (key) => {
      const faults = faultsOf({ DATABASE_URL, SEALING_KEYS: key });
      expect(faults).toEqual([expect.stringContaining('must be 32 bytes in base64')]);
      expect(faults.join()).not.toContain(key);
    },
  );

  test.each([
    'mysql://localhost/auth',
    'localhost:5432',
    'secret-password',
    // Special characters of a password that are not encoded change the meaning of the URL.
    'postgres://user:secret/word@localhost/auth',
    'postgres://user:1/secret@localhost/auth',
    'postgres://user:1?secret@localhost/auth',
    'postgres://user:1#secret@localhost/auth',
    'postgres://user:secret%zz@localhost/auth',
    'postgres://user:secret@one,other/auth',
  ])('is not at %s, which the fault does not quote', (url) => {
    const faults = faultsOf({ DATABASE_URL: url, SEALING_KEYS });
    expect(faults).toEqual([expect.stringMatching(/^DATABASE_URL: must be postgres:/)]);
    expect(faults.join()).not.toContain('secret');
  });

  test.each([
    ['postgres://user@localhost:5432/auth', 'a/b+c=d@e:f#g%h?i j&k%41ü'],
    ['postgres://user:another@localhost:5432/auth?sslmode=disable', 'a/b+c=d@e:f#g%h?i j&k%41ü'],
  ])('takes any password unencoded from DATABASE_PASSWORD: %s', (url, DATABASE_PASSWORD) => {
    const settings = parseSettings(settingsSchema, { DATABASE_URL: url, DATABASE_PASSWORD, SEALING_KEYS });
    expect(parseIntoClientConfig(String(settings.DATABASE_URL))).toMatchObject({
      user: 'user',
      password: DATABASE_PASSWORD,
      host: 'localhost',
      port: 5432,
      database: 'auth',
    });
  });

  test('of compose.yaml gets its password unencoded, and not in a URL', () => {
    const compose = readFileSync(new URL('../../../compose.yaml', import.meta.url), 'utf8');
    const given = compose.split('\n').filter((line) => line.includes('${POSTGRES_PASSWORD'));
    expect(given.map((line) => line.trim().split(':')[0])).toEqual([
      'POSTGRES_PASSWORD',
      'DATABASE_PASSWORD',
    ]);
  });

  test('holds the signing keys, so that JWKS_FILE cannot be set as well', async () => {
    const JWKS_FILE = await temporaryFile({ keys: [(await makeKey()).jwk] });
    expect(namesOf(faultsOf({ DATABASE_URL, SEALING_KEYS, JWKS_FILE }))).toEqual(['JWKS_FILE']);
    const fit = await production();
    expect(() =>
      parseSettings(settingsSchema, { ...fit, JWKS_FILE: '', DATABASE_URL, SEALING_KEYS }),
    ).not.toThrow();
  });
});

describe('defaults', () => {
  test('hold when nothing is set', () => {
    expect(parseSettings(settingsSchema, {})).toEqual({
      APP_ENV: 'development',
      HOST: '127.0.0.1',
      METRICS_HOST: '127.0.0.1',
      PORT: 5001,
      PROXY_STRIPS_PATH: 'off',
      LOG_LEVEL: 'info',
      OTEL_SDK_DISABLED: 'false',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
      ISSUER: 'http://localhost:5001',
      ALLOWED_HOSTS: [],
      CIMD_ALLOWED: [],
      TRUSTED_PROXIES: [],
      RESOURCE: 'http://localhost:5002',
      CLOCK_API: 'on',
      SIGNING_ALG: 'ES256',
      KEY_ROTATION_DAYS: 90,
      KEY_PUBLISH_SECONDS: 900,
      DATABASE_CONNECTIONS: 10,
      MIGRATIONS: 'start',
      ARGON2_MEMORY_KIB: 19_456,
      ARGON2_PASSES: 2,
      ARGON2_PARALLELISM: 1,
      ADMIN_HOST: '127.0.0.1',
      ADMIN_RESOURCE: 'http://localhost:5006',
      USER_DIRECTORY: 'accept-anyone',
      PASSWORD_GRANT: 'on',
      REGISTRATION: 'off',
      REFRESH_TOKEN_ROTATION: 'public',
      REFRESH_TOKEN_OVERLAP_SECONDS: 10,
      FAST_PATH: 'on',
      WEBAPP_CLIENT_ID: '1234',
      WEBAPP_CLIENT_SECRET: 'qwerty',
      WEBAPP_REDIRECT_URI: 'http://localhost:5003/callback',
      RESOURCE_SERVER_CLIENT_ID: 'resource-server',
      RESOURCE_SERVER_CLIENT_SECRET: 'asdfgh',
    });
  });

  test.each([
    'https://app.example',
    'App.example',
    'app.example:443',
    '*.example',
    'localhost',
    '10.0.0.1',
    'app.example/',
  ])('do not let metadata documents be taken of %s, which is no host in its plain form', (host) => {
    expect(() => parseSettings(settingsSchema, { CIMD_ALLOWED: `app.example,${host}` })).toThrow(
      'CIMD_ALLOWED',
    );
    const known = { CIMD_ALLOWED: 'app.example, dev.example:8443' };
    expect(parseSettings(settingsSchema, known).CIMD_ALLOWED).toEqual(['app.example', 'dev.example:8443']);
  });

  test('hold for settings that are empty', () => {
    const empty = { PORT: '', ISSUER: '', JWKS_FILE: '', CLIENTS_FILE: '', WEBAPP_CLIENT_SECRET: '' };
    expect(parseSettings(settingsSchema, empty)).toEqual(parseSettings(settingsSchema, {}));
  });

  test.each([
    [{ INITIAL_ACCESS_TOKEN: 'kW8fQ2mZp4Lx7Rt1' }, 'token'],
    [{ INITIAL_ACCESS_TOKEN: 'kW8fQ2mZp4Lx7Rt1', REGISTRATION: 'off' }, 'off'],
    [{ INITIAL_ACCESS_TOKEN: 'kW8fQ2mZp4Lx7Rt1', REGISTRATION: 'open' }, 'open'],
    [{ REGISTRATION: 'open' }, 'open'],
  ])('have clients registered, with %j: %s', (environment, registration) => {
    expect(parseSettings(settingsSchema, environment).REGISTRATION).toBe(registration);
  });

  test('make the issuer follow the port', () => {
    expect(parseSettings(settingsSchema, { PORT: '6001' }).ISSUER).toBe('http://localhost:6001');
  });
});

describe('faults', () => {
  const faulty = {
    APP_ENV: 'prod',
    PORT: '65536',
    ISSUER: 'ftp://auth.example',
    RESOURCE: 'not a url',
    SIGNING_ALG: 'HS256',
    LOG_LEVEL: 'loud',
    USER_DIRECTORY: 'everyone',
    PASSWORD_GRANT: 'maybe',
    REGISTRATION: 'token',
    FAST_PATH: 'maybe',
    WEBAPP_REDIRECT_URI: 'http://localhost:5003/callback#fragment',
    JWKS_FILE: '/nowhere/keys.json',
    CLIENTS_FILE: '/nowhere/clients.json',
  };

  test('are all named at once', () => {
    expect(namesOf(faultsOf(faulty))).toEqual(Object.keys(faulty).sort());
  });

  test.each(Object.entries(faulty))('name %s when it alone is %s', (setting, value) => {
    expect(namesOf(faultsOf({ [setting]: value }))).toEqual([setting]);
  });

  test('never show a secret', () => {
    const secrets = {
      WEBAPP_CLIENT_SECRET: 'vBqP7sK2dXw9aZ4e',
      RESOURCE_SERVER_CLIENT_SECRET: 'nT4mRz8LcY6hQw3k',
    };
    const issuer = 'https://user:Jk5tWp3x@auth.example';
    const told = faultsOf({ ...faulty, ...secrets, APP_ENV: 'production', ISSUER: issuer }).join('\n');
    for (const secret of [...Object.values(secrets), 'Jk5tWp3x']) expect(told).not.toContain(secret);
    expect(faultsOf({ APP_ENV: 'production' }).join('\n')).not.toMatch(/qwerty|asdfgh/);
  });
});

describe('production', () => {
  test('refuses every value that is only fit for a demo, all at once', () => {
    expect(namesOf(faultsOf({ APP_ENV: 'production' }))).toEqual(demo);
  });

  test.each(['WEBAPP_CLIENT_SECRET', 'RESOURCE_SERVER_CLIENT_SECRET'])(
    'refuses a %s of less than 16 characters',
    async (setting) => {
      const faults = faultsOf({ ...(await production()), [setting]: 'vBqP7sK2dXw9aZ4' });
      expect(faults).toEqual([
        expect.stringMatching(
          new RegExp(`^${setting}: must have 16 characters or more in production: set it here and on the `),
        ),
      ]);
    },
  );

  test('names each client of the file whose secret has less than 16 characters, and no secret', async () => {
    const CLIENTS_FILE = await temporaryFile([
      { client_id: 'short', client_secret: 'vBqP7sK2dXw9aZ4' },
      { client_id: 'long', client_secret: 'vBqP7sK2dXw9aZ4e' },
      { client_id: 'none', token_endpoint_auth_method: 'none' },
      { client_id: 'empty', client_secret: '' },
    ]);
    const fit = await production();
    expect(faultsOf({ ...fit, CLIENTS_FILE })).toEqual([
      'CLIENTS_FILE: client_secret must have 16 characters or more in production: set a long random value for short, empty',
    ]);
    expect(() => parseSettings(settingsSchema, { ...fit, CLIENTS_FILE, APP_ENV: 'stage' })).not.toThrow();
    expect(faultsOf({ ...fit, CLIENTS_FILE, WEBAPP_CLIENT_SECRET: 'short' })).toHaveLength(2);
  });

  test('names them together with ordinary faults', () => {
    const faults = faultsOf({ APP_ENV: 'production', PORT: 'x', SIGNING_ALG: 'HS256' });
    expect(namesOf(faults)).toEqual([...demo, 'PORT', 'SIGNING_ALG'].sort());
  });

  test.each(demo)('refuses the demo value of %s alone', async (setting) => {
    const { [setting]: _, ...rest } = (await production()) as Record<string, string>;
    expect(namesOf(faultsOf(rest))).toEqual([setting]);
  });

  test.each([
    ['ISSUER', 'http://auth.example'],
    ['USER_DIRECTORY', 'accept-anyone'],
    ['WEBAPP_CLIENT_SECRET', 'qwerty'],
    ['WEBAPP_CLIENT_SECRET', 'asdfgh'],
    ['RESOURCE_SERVER_CLIENT_SECRET', 'asdfgh'],
    ['RESOURCE_SERVER_CLIENT_SECRET', 'qwerty'],
  ])('refuses %s %s', async (setting, value) => {
    expect(namesOf(faultsOf({ ...(await production()), [setting]: value }))).toEqual([setting]);
  });

  test('says that a key file cannot be read, and not that it is not set', async () => {
    const faults = faultsOf({ ...(await production()), JWKS_FILE: '/nowhere/keys.json' });
    expect(faults).toEqual([expect.stringContaining('cannot be read')]);
  });

  test('lets strangers register clients when it is told so', async () => {
    const settings = { ...(await production()), REGISTRATION: 'open' };
    expect(parseSettings(settingsSchema, settings).REGISTRATION).toBe('open');
  });

  test('accepts settings that are fit for it', async () => {
    const settings = await production();
    const { JWKS_FILE: _, ...plain } = settings;
    expect(parseSettings(settingsSchema, settings)).toMatchObject(plain);
    expect(parseSettings(settingsSchema, settings).JWKS_FILE?.keys).toHaveLength(1);
  });
});
