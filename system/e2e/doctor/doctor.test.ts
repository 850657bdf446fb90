/** `npm run doctor`: what it says about a deployment, and how it ends. */

import { freePort, serve } from 'shared/test/serve.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsSchema as authServer } from '../../../auth-server/src/config.ts';
import { settingsSchema as resourceServer } from '../../../resource-server/src/config.ts';
import { settingsSchema as webapp } from '../../../webapp/src/config.ts';
import { settingsSchema } from '../../doctor/settings.ts';
import { startSettings } from '../../start/start-settings.ts';
import { type System, startedSystem } from '../system.ts';
import { type Diagnosis, diagnose, portsOf, runDoctor } from './doctor-run.ts';

const TIMEOUT = 30_000;

let system: System;
let ports: Record<string, string>;
beforeAll(async () => {
  system = await startedSystem();
  ports = portsOf(system);
}, TIMEOUT);
afterAll(async () => {
  await system.stop();
});

describe('in a system with the default settings, the doctor', { timeout: TIMEOUT }, () => {
  let healthy: Diagnosis;
  beforeAll(async () => {
    healthy = await diagnose(ports);
  }, TIMEOUT);

  test('finds no fault, and exits with 0', () => {
    expect(healthy.named('fault')).toEqual([]);
    expect(healthy.ok).toBe(true);
    expect(healthy.exitCode).toBe(0);
  });

  test('checks everything that needs no user, and says what it skips', () => {
    const { checks, check, named } = healthy;
    expect(named('skip')).toEqual(['rfc9700: refresh token rotation']);
    expect(check('rfc9700', 'refresh token rotation').detail).toMatch(/^not checked, because /);
    const groups = [
      'services',
      'discovery',
      'clocks',
      'keys',
      'tokens',
      'introspection',
      'calls',
      'redirects',
    ];
    expect([...new Set(checks.map(({ group }) => group))]).toEqual([...groups, 'demo', 'rfc9700']);
  });

  test('warns of settings that are only good for a demo or break RFC 9700', () => {
    const { checks, named } = healthy;
    expect(named('warn')).toEqual([
      'demo: WEBAPP_CLIENT_SECRET',
      'demo: RESOURCE_SERVER_CLIENT_SECRET',
      'demo: DEFAULT_PASSWORD',
      'demo: USER_DIRECTORY',
      'demo: client 5678',
      'rfc9700: password grant',
      'rfc9700: TLS for authorization responses',
      'rfc9700: TLS for calls of the API',
      'rfc9700: sender-constrained access tokens',
      'rfc9700: client authentication',
    ]);
    const sections = checks.filter(({ group }) => group === 'rfc9700').map(({ reference }) => reference);
    expect(sections.filter((section) => !/^RFC 9700 §[24]\.\d+(\.\d)?$/.test(section ?? ''))).toEqual([]);
  });

  test('says how to mend each warning and fault', () => {
    const wrong = healthy.checks.filter(({ result }) => result === 'warn' || result === 'fault');
    expect(wrong.filter(({ mend }) => !mend)).toEqual([]);
  });

  test('tells people the same as machines, with a line for each check', async () => {
    const { checks } = healthy;
    const { stdout, stderr, exitCode } = await runDoctor(ports);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const { result, name } of checks) expect(stdout).toContain(`  ${result.padEnd(5)}  ${name}: `);
    expect(stdout.match(/^ {2}\w/gm)).toHaveLength(checks.length);
    expect(stdout).toContain('mend: set PASSWORD_GRANT=off');
    expect(stdout).toMatch(/\nfaults: 0, warnings: 10, not checked: 1, ok: \d+\n$/);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('when nothing runs, the doctor', { timeout: TIMEOUT }, () => {
  const nothing = async () => ({
    AUTH_SERVER_PORT: String(await freePort()),
    RESOURCE_SERVER_PORT: String(await freePort()),
    WEBAPP_PORT: String(await freePort()),
  });

  test('quickly says what to start, checks nothing else, and exits with 1', async () => {
    const free = await nothing();
    const started = performance.now();
    const { exitCode, stderr, check, named } = await diagnose(free);
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    expect(check('services', 'auth-server')).toMatchObject({
      result: 'fault',
      detail: `http://localhost:${free.AUTH_SERVER_PORT}: no answer (nothing listens there)`,
      mend: expect.stringContaining('npm start'),
    });
    expect(named('fault')).toEqual([
      'services: auth-server',
      'services: resource-server',
      'services: webapp',
      `discovery: issuer at http://localhost:${free.AUTH_SERVER_PORT}`,
      `discovery: API at http://localhost:${free.RESOURCE_SERVER_PORT}`,
    ]);
    expect(named('ok')).toEqual([]);
  });

  test('says the same to people', async () => {
    const { exitCode, stdout, stderr } = await runDoctor(await nothing());
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^services\n {2}FAULT {2}auth-server: /);
    expect(stdout).toMatch(/\nfaults: 5, warnings: \d+, not checked: \d+, ok: 0\n$/);
    expect(stderr).toBe('');
  });

  test('still reports what the settings alone break', async () => {
    const { check } = await diagnose({ ...(await nothing()), APP_ENV: 'production' });
    expect(check('demo', 'WEBAPP_CLIENT_SECRET').result).toBe('fault');
    expect(check('rfc9700', 'password grant').result).toBe('fault');
    expect(check('rfc9700', 'the rest').result).toBe('skip');
  });

  test('gives up on a server that never answers', async () => {
    const silent = await serve(() => {});
    const { exitCode, check } = await diagnose({ ...(await nothing()), ISSUER: silent });
    expect(exitCode).toBe(1);
    expect(check('services', 'auth-server').detail).toBe(`${silent}: no answer (not within 3 s)`);
  });

  test('gives up on a server that never stops answering', async () => {
    const endless = await serve((_, res) => {
      const more = setInterval(() => res.write('x'.repeat(16 * 1024)), 1);
      res.on('close', () => clearInterval(more));
    });
    const { exitCode, check } = await diagnose({ ...(await nothing()), ISSUER: endless });
    expect(exitCode).toBe(1);
    expect(check('services', 'auth-server').detail).toContain('its answer holds more than 65536 bytes');
  });

  test('recognises a server that does not speak TLS, and one that does not speak HTTP', async () => {
    const plain = (await serve((_, res) => res.end())).replace('http:', 'https:');
    const strange = await serve(({ socket }) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    const { check } = await diagnose({ ...(await nothing()), ISSUER: plain, RESOURCE: strange });
    expect(check('services', 'auth-server').detail).toContain('it does not speak TLS');
    expect(check('services', 'resource-server').detail).toContain('it does not speak HTTP');
  });
});

describe.concurrent('with wrong settings, the doctor', { timeout: TIMEOUT }, () => {
  test('names the client secret that the auth server refuses', async () => {
    const RESOURCE_SERVER_CLIENT_SECRET = 'not-the-secret';
    const { exitCode, check } = await diagnose({ ...ports, RESOURCE_SERVER_CLIENT_SECRET });
    expect(exitCode).toBe(1);
    expect(check('introspection', 'client resource-server')).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('RESOURCE_SERVER_CLIENT_SECRET'),
      mend: expect.stringContaining('RESOURCE_SERVER_CLIENT_SECRET'),
    });
    expect(check('introspection', 'a good token').result).toBe('skip');
    // What the auth server accepts counts, not what is set here.
    expect(check('demo', 'RESOURCE_SERVER_CLIENT_SECRET').result).toBe('warn');
  });

  test('names the client secret of the webapp that the auth server refuses', async () => {
    const { exitCode, check } = await diagnose({ ...ports, WEBAPP_CLIENT_SECRET: 'not-the-secret' });
    expect(exitCode).toBe(1);
    expect(check('tokens', 'password grant')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('WEBAPP_CLIENT_SECRET'),
    });
    expect(check('tokens', 'signature').result).toBe('skip');
  });

  test('finds an issuer that the auth server does not answer for', async () => {
    const ISSUER = system.urls.authServer.replace('localhost', '127.0.0.1');
    const { exitCode, check, named } = await diagnose({ ...ports, ISSUER });
    expect(exitCode).toBe(1);
    expect(check('discovery', `openid-configuration at ${ISSUER}`)).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('421'),
      mend: expect.stringContaining('ALLOWED_HOSTS'),
    });
    expect(named('ok').filter((name) => /^(keys|tokens|introspection):/.test(name))).toEqual([]);
  });

  test("finds a RESOURCE that differs from the resource server's identifier", async () => {
    const RESOURCE = system.urls.resourceServer.replace('localhost', '127.0.0.1');
    const { exitCode, check } = await diagnose({ ...ports, RESOURCE });
    expect(exitCode).toBe(1);
    for (const { result, mend } of [check('discovery', `API at ${RESOURCE}`), check('tokens', 'audience')]) {
      expect(result).toBe('fault');
      expect(mend).toContain('RESOURCE');
    }
  });

  test('finds a redirect URI that leads nowhere and is not registered', async () => {
    const WEBAPP_REDIRECT_URI = `${system.urls.webapp}/elsewhere`;
    const { exitCode, check } = await diagnose({ ...ports, WEBAPP_REDIRECT_URI });
    expect(exitCode).toBe(1);
    const reachable = check('redirects', 'redirect URI reachable');
    const registered = check('redirects', 'redirect URI registered');
    const sent = check('redirects', 'authorization request of the webapp');
    for (const { result, mend } of [reachable, registered, sent]) {
      expect(result).toBe('fault');
      expect(mend).toContain('WEBAPP_REDIRECT_URI');
    }
    expect(reachable.detail).toContain('404');
    expect(registered.detail).toContain('invalid_redirect_uri');
  });

  test('finds a client id that is not registered', async () => {
    const { check } = await diagnose({ ...ports, WEBAPP_CLIENT_ID: 'nobody' });
    expect(check('redirects', 'redirect URI registered')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('WEBAPP_CLIENT_ID'),
    });
  });

  test('finds a user that the auth server refuses', async () => {
    const { exitCode, check } = await diagnose({ ...ports, DEFAULT_USERNAME: 'al' });
    expect(check('tokens', 'password grant')).toMatchObject({
      result: 'warn',
      mend: expect.stringContaining('DEFAULT_USERNAME'),
    });
    expect(check('tokens', 'signature').result).toBe('skip');
    expect(exitCode).toBe(0);
  });

  test('reports demo secrets as faults in production', async () => {
    const { exitCode, check } = await diagnose({ ...ports, APP_ENV: 'production' });
    expect(exitCode).toBe(1);
    for (const name of ['WEBAPP_CLIENT_SECRET', 'RESOURCE_SERVER_CLIENT_SECRET', 'DEFAULT_PASSWORD']) {
      expect(check('demo', name), name).toMatchObject({
        result: 'fault',
        mend: expect.stringMatching(/^set it /),
      });
    }
    for (const name of ['USER_DIRECTORY', 'client 5678']) expect(check('demo', name).result).toBe('fault');
    for (const name of ['password grant', 'TLS for authorization responses']) {
      expect(check('rfc9700', name).result).toBe('fault');
    }
  });

  test('finds that the password grant is on at the auth server, though it is off here', async () => {
    const { check } = await diagnose({ ...ports, PASSWORD_GRANT: 'off' });
    expect(check('rfc9700', 'password grant')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('though PASSWORD_GRANT is off here'),
    });
    expect(check('tokens', 'password grant').result).toBe('skip');
  });
});

describe('in a system with secrets of its own, the doctor', { timeout: TIMEOUT }, () => {
  const secrets = {
    WEBAPP_CLIENT_SECRET: 'the-secret-of-the-webapp',
    RESOURCE_SERVER_CLIENT_SECRET: 'the-secret-of-the-resource-server',
    DEFAULT_PASSWORD: 'the-password-of-bob',
  };
  let own: System;
  beforeAll(async () => {
    own = await startedSystem(secrets);
  }, TIMEOUT);
  afterAll(async () => {
    await own.stop();
  });

  test('finds no demo secrets, not even in production', async () => {
    const { check } = await diagnose({ ...portsOf(own), ...secrets, APP_ENV: 'production' });
    for (const name of Object.keys(secrets)) expect(check('demo', name).result, name).toBe('ok');
    expect(check('introspection', 'a revoked token').result).toBe('ok');
  });

  test('does not blame a secret that it does not know, as in the container of another service', async () => {
    const { RESOURCE_SERVER_CLIENT_SECRET: _, ...known } = secrets;
    const { exitCode, check } = await diagnose({ ...portsOf(own), ...known });
    expect(check('introspection', 'client resource-server')).toMatchObject({
      result: 'skip',
      detail: expect.stringContaining('RESOURCE_SERVER_CLIENT_SECRET is not set here'),
    });
    expect(check('demo', 'RESOURCE_SERVER_CLIENT_SECRET').result).toBe('ok');
    expect(check('calls', 'API with a token').result).toBe('ok');
    expect(exitCode).toBe(0);
  });

  test('prints no secret, password or token, of these settings or of others', async () => {
    const runs = await Promise.all([
      runDoctor(ports),
      runDoctor(ports, '--json'),
      runDoctor({ ...portsOf(own), ...secrets }),
      runDoctor({ ...ports, ...secrets }, '--json'),
    ]);
    const printed = runs.map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(printed.match(/verifies by the published keys/g)).toHaveLength(3);
    const demoSecrets = ['qwerty', 'asdfgh', 'builder', btoa('1234:qwerty'), btoa('resource-server:asdfgh')];
    const forbidden = [...demoSecrets, ...Object.values(secrets), 'eyJ', 'Basic ', 'code='];
    expect(forbidden.filter((secret) => printed.includes(secret))).toEqual([]);
  });
});

describe('in a system without the password grant, the doctor', { timeout: TIMEOUT }, () => {
  // The secret is a demo secret, though not the one that the webapp has by default.
  const settings = {
    PASSWORD_GRANT: 'off',
    GRANT_TYPE: 'authorization_code',
    WEBAPP_CLIENT_SECRET: 'asdfgh',
  };
  let other: System;
  beforeAll(async () => {
    other = await startedSystem(settings);
  }, TIMEOUT);
  afterAll(async () => {
    await other.stop();
  });

  test('skips the checks that need a token, and says why', async () => {
    const { exitCode, check, named } = await diagnose({ ...portsOf(other), ...settings });
    expect(named('fault')).toEqual([]);
    expect(exitCode).toBe(0);
    const ofTokens = ['password grant', 'signature', 'type', 'issuer', 'audience', 'lifetime'];
    expect(named('skip')).toEqual([
      ...ofTokens.map((name) => `tokens: ${name}`),
      'introspection: a good token',
      'introspection: a revoked token',
      'calls: API with a token',
      'calls: API with a token for something else',
      'demo: USER_DIRECTORY',
      'rfc9700: refresh token rotation',
    ]);
    expect(check('tokens', 'password grant').detail).toContain('because GRANT_TYPE is authorization_code');
    expect(check('rfc9700', 'password grant').result).toBe('ok');
    expect(check('introspection', 'client resource-server').result).toBe('ok');
    expect(check('demo', 'WEBAPP_CLIENT_SECRET').result).toBe('warn');
  });

  test('judges the user directory only by the setting', async () => {
    const production = { ...portsOf(other), ...settings, APP_ENV: 'production' };
    const [unset, set] = await Promise.all([
      diagnose(production),
      diagnose({ ...production, USER_DIRECTORY: 'accept-anyone' }),
    ]);
    expect(unset.check('demo', 'USER_DIRECTORY').result).toBe('skip');
    expect(set.check('demo', 'USER_DIRECTORY').result).toBe('fault');
  });

  test('finds settings with which the webapp uses the grant that is off', async () => {
    const { exitCode, check } = await diagnose({ ...portsOf(other), PASSWORD_GRANT: 'off' });
    expect(exitCode).toBe(1);
    expect(check('tokens', 'grant of the webapp')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('GRANT_TYPE=authorization_code'),
    });
    expect(check('tokens', 'password grant')).toMatchObject({
      result: 'skip',
      detail: expect.stringContaining('because the password grant is off'),
    });
  });
});

describe('where services have URLs of their own, as containers have, the doctor', {
  timeout: TIMEOUT,
}, () => {
  let inside: System;
  /** What the webapp's container knows: nothing of the resource server's settings. */
  let known: Record<string, string>;
  let base: string;
  beforeAll(async () => {
    const port = String(await freePort());
    base = `http://127.0.0.1:${port}`;
    const ISSUER = `http://localhost:${await freePort()}`;
    const TOKEN_ENDPOINT = `${base}/token`;
    inside = await startedSystem({
      AUTH_SERVER_PORT: port,
      ALLOWED_HOSTS: `127.0.0.1:${port}`,
      ISSUER,
      TOKEN_ENDPOINT,
      INTROSPECTION_ENDPOINT: `${base}/introspect`,
    });
    known = { ...portsOf(inside), ISSUER, TOKEN_ENDPOINT };
  }, TIMEOUT);
  afterAll(async () => {
    await inside.stop();
  });

  test('finds nothing wrong inside, though the issuer is for others only', async () => {
    const { exitCode, check, named } = await diagnose(known);
    expect(named('fault')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(check('discovery', `issuer at ${known.ISSUER}`)).toMatchObject({
      result: 'warn',
      mend: expect.stringContaining('if ISSUER is for others'),
    });
    expect(check('discovery', `openid-configuration at ${base}`).result).toBe('ok');
    expect(check('introspection', 'a revoked token').result).toBe('ok');
    expect(check('calls', 'API with a token').result).toBe('ok');
  });

  test('does not blame a webapp that is for browsers only', async () => {
    const webappUrl = `http://localhost:${await freePort()}`;
    const { check } = await diagnose({ ...known, WEBAPP_REDIRECT_URI: `${webappUrl}/callback` });
    expect(check('services', 'webapp').result).toBe('skip');
    expect(check('redirects', 'redirect URI reachable')).toMatchObject({
      result: 'warn',
      mend: expect.stringContaining('where browsers are'),
    });
  });

  test("finds an ISSUER that differs from the auth server's", async () => {
    const { exitCode, check } = await diagnose({ ...known, ISSUER: base });
    expect(exitCode).toBe(1);
    for (const document of ['openid-configuration', 'oauth-authorization-server']) {
      expect(check('discovery', `${document} at ${base}`)).toMatchObject({
        result: 'fault',
        detail: `the issuer there is ${known.ISSUER}, and here ISSUER is ${base}`,
        mend: expect.stringContaining('ISSUER'),
      });
    }
    expect(check('redirects', 'authorization request of the webapp').result).toBe('fault');
    expect(check('tokens', 'password grant').result).toBe('skip');
  });

  test('finds nothing wrong outside, though the names of containers are for them only', async () => {
    const TOKEN_ENDPOINT = 'http://auth-server.invalid:5001/token';
    const RESOURCE_SERVER_URL = 'http://resource-server.invalid:5002';
    const { exitCode, check, named } = await diagnose({ ...ports, TOKEN_ENDPOINT, RESOURCE_SERVER_URL });
    expect(named('fault')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(check('discovery', 'issuer at http://auth-server.invalid:5001')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('its name is not known here'),
      mend: expect.stringContaining('TOKEN_ENDPOINT'),
    });
    expect(check('discovery', `API at ${RESOURCE_SERVER_URL}`).result).toBe('warn');
    expect(check('calls', 'API with a token').result).toBe('ok');
  });

  test('finds a host that the auth server does not answer for', async () => {
    const other = system.urls.authServer.replace('localhost', '127.0.0.1');
    const { exitCode, check } = await diagnose({ ...ports, TOKEN_ENDPOINT: `${other}/token` });
    expect(exitCode).toBe(1);
    expect(check('discovery', `openid-configuration at ${other}`)).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining(`add ${new URL(other).host} to ALLOWED_HOSTS`),
    });
  });
});

describe('the command', () => {
  test.each([['--nonsense'], ['nonsense'], ['--json=yes']])('exits with 2 on %s', async (argument) => {
    const { exitCode, stdout, stderr } = await runDoctor({}, argument);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^doctor: [^\n]+; --help lists the arguments\n$/);
  });

  test('exits with 2 on bad settings, and names each on a line, without its value', async () => {
    const settings = { ISSUER: 'not-a-url', GRANT_TYPE: 'implicit', WEBAPP_PORT: '0' };
    const { exitCode, stdout, stderr } = await runDoctor(settings, '--json');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n').sort()).toEqual([
      expect.stringMatching(/^doctor: GRANT_TYPE: /),
      'doctor: ISSUER: must be an http or https URL',
      'doctor: WEBAPP_PORT: must not be 0: the services have to find each other',
    ]);
    expect(stderr).not.toContain('not-a-url');
  });

  test('exits with 2 on a bad setting that only a service uses, and does not look for its files', async () => {
    const settings = { LOG_LEVEL: 'foo', SIGNING_ALG: 'none', JWKS_FILE: '/in/the/container.json' };
    const { exitCode, stderr } = await runDoctor(settings);
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd().split('\n').sort()).toEqual([
      expect.stringMatching(/^doctor: LOG_LEVEL: /),
      expect.stringMatching(/^doctor: SIGNING_ALG: /),
    ]);
  });

  test('warns of a misspelt setting of any service', async () => {
    const { check } = await diagnose({ ISUER: 'https://a.example', PASWORD_GRANT: 'off', HOME: '/root' });
    expect(check('settings', 'ISUER')).toMatchObject({
      result: 'warn',
      detail: 'is not a setting; did you mean ISSUER?',
    });
    expect(check('settings', 'PASWORD_GRANT').result).toBe('warn');
  });

  test.each(['--help', '-h'])('explains its use with %s', async (argument) => {
    const { exitCode, stdout } = await runDoctor({ ISSUER: 'not-a-url' }, argument);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('npm run -s doctor -- --json');
  });

  test('has the defaults of the services and of their common start', () => {
    const ours = settingsSchema.parse({}) as Record<string, unknown>;
    for (const service of [authServer, resourceServer, webapp]) {
      const theirs = service.parse({}) as Record<string, unknown>;
      const common = Object.keys(ours).filter((name) => name in theirs && ours[name] !== undefined);
      expect(common.length).toBeGreaterThan(4);
      for (const name of common) expect([name, ours[name]]).toEqual([name, theirs[name]]);
    }
    const others = { AUTH_SERVER_PORT: '6001', RESOURCE_SERVER_PORT: '6002', WEBAPP_PORT: '6003' };
    expect(settingsSchema.parse(others)).toMatchObject(startSettings(others).agreed);
  });
});
