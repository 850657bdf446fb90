/** `npm run doctor` for a system whose answers are changed on their way: each of its checks can fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, serve } from 'shared/test/serve.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type System, startedSystem } from '../system.ts';
import { type Passing, type SpoilingProxy, startProxy } from './doctor-proxy.ts';
import { diagnose } from './doctor-run.ts';

const TIMEOUT = 30_000;

let authServer: SpoilingProxy;
let resourceServer: SpoilingProxy;
let webapp: SpoilingProxy;
let settings: Record<string, string>;
let system: System;
beforeAll(async () => {
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  [authServer, resourceServer, webapp] = await Promise.all([
    startProxy(ports[0]),
    startProxy(ports[1]),
    startProxy(ports[2]),
  ]);
  settings = {
    ISSUER: authServer.url,
    RESOURCE: resourceServer.url,
    WEBAPP_REDIRECT_URI: `${webapp.url}/callback`,
  };
  const [AUTH_SERVER_PORT, RESOURCE_SERVER_PORT, WEBAPP_PORT] = ports.map(String) as [string, string, string];
  system = await startedSystem({ ...settings, AUTH_SERVER_PORT, RESOURCE_SERVER_PORT, WEBAPP_PORT });
}, TIMEOUT);
afterAll(async () => {
  await system.stop();
  for (const proxy of [authServer, resourceServer, webapp]) proxy.close();
});
beforeEach(() => {
  for (const proxy of [authServer, resourceServer, webapp]) proxy.spoil = undefined;
});

/** Changes members of the JSON answer at a path; undefined removes one. */
function json(path: string, members: Record<string, unknown>) {
  return (passing: Passing) => {
    if (passing.path !== path) return;
    passing.body = JSON.stringify({ ...JSON.parse(passing.body), ...members });
  };
}

/** Changes the answers at a path to the doctor's own requests only. */
function answer(path: string, change: (passing: Passing) => void | Promise<void>) {
  return async (passing: Passing) => {
    if (!passing.path.startsWith(path) || passing.requestHeaders['user-agent'] !== 'time-chain-doctor')
      return;
    await change(passing);
  };
}

const all =
  (...changes: ((passing: Passing) => void | Promise<void>)[]) =>
  async (passing: Passing) => {
    for (const change of changes) await change(passing);
  };

const DISCOVERY = '/.well-known/openid-configuration';

test('behind proxies that change nothing, the doctor finds no fault', {
  timeout: TIMEOUT,
}, async () => {
  const { exitCode, named } = await diagnose(settings);
  expect(named('fault')).toEqual([]);
  expect(exitCode).toBe(0);
});

describe('for services, the doctor', { timeout: TIMEOUT }, () => {
  test('names the dependencies that are down', async () => {
    webapp.spoil = answer('/health/ready', (passing) => {
      passing.status = 503;
      passing.body = '{"status":"not ready","dependencies":{"auth server":"up","resource server":"down"}}';
    });
    resourceServer.spoil = answer('/health/ready', (passing) => {
      passing.status = 503;
      passing.body = '{"status":"stopping","dependencies":{"auth server":"up"}}';
    });
    authServer.spoil = answer('/health/ready', (passing) => {
      passing.status = 404;
    });
    const { exitCode, check } = await diagnose(settings);
    expect(exitCode).toBe(1);
    expect(check('services', 'webapp')).toMatchObject({
      result: 'fault',
      detail: expect.stringMatching(/down: resource server$/),
    });
    expect(check('services', 'resource-server')).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('stopping'),
    });
    expect(check('services', 'auth-server')).toMatchObject({
      result: 'warn',
      mend: expect.stringContaining('proxy'),
    });
  });

  test.each([
    [10_000, 'fault', 'ahead of'],
    [-10_000, 'fault', 'behind'],
    [2_000, 'warn', 'ahead of'],
  ])('finds a clock that is wrong by %i ms', async (ms, result, direction) => {
    resourceServer.spoil = skewed(ms);
    const { exitCode, check } = await diagnose(settings);
    const { detail, ...rest } = check('clocks', 'resource-server');
    expect(rest).toMatchObject({ result, mend: expect.stringContaining('NTP') });
    expect(detail).toContain(`s ${direction} the clock of auth-server`);
    const seconds = Number(/^[\d.]+/.exec(detail));
    expect(Math.abs(seconds - Math.abs(ms) / 1_000)).toBeLessThan(0.7);
    for (const name of ['webapp', 'this machine']) expect(check('clocks', name).result).toBe('ok');
    expect(exitCode).toBe(result === 'fault' ? 1 : 0);
  });

  test("compares all clocks with the auth server's", async () => {
    authServer.spoil = skewed(10_000);
    const { named } = await diagnose(settings);
    expect(named('fault')).toEqual(['clocks: resource-server', 'clocks: webapp', 'clocks: this machine']);
  });

  test('skips a clock when answers have no Date', async () => {
    webapp.spoil = answer('/health/live', ({ headers }) => {
      headers.date = 'today';
    });
    const { check } = await diagnose(settings);
    expect(check('clocks', 'webapp').result).toBe('skip');
  });

  function skewed(ms: number) {
    return ({ headers }: Passing) => {
      headers.date = new Date(Date.parse(String(headers.date)) + ms).toUTCString();
    };
  }
});

describe('for metadata and keys, the doctor', { timeout: TIMEOUT }, () => {
  test('finds endpoints that are elsewhere', async () => {
    authServer.spoil = json(DISCOVERY, { token_endpoint: 'http://elsewhere.example/token' });
    const { exitCode, check } = await diagnose(settings);
    expect(exitCode).toBe(1);
    expect(check('discovery', `openid-configuration at ${authServer.url}`)).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('http://elsewhere.example/token'),
      mend: expect.stringContaining('Host'),
    });
  });

  test('finds metadata that is not there', async () => {
    authServer.spoil = answer('/.well-known/oauth-authorization-server', (passing) => {
      passing.status = 404;
    });
    const { check } = await diagnose(settings);
    expect(check('discovery', `oauth-authorization-server at ${authServer.url}`)).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('404'),
    });
    expect(check('tokens', 'signature').result).toBe('ok');
  });

  test('prints nothing that could steer a terminal', async () => {
    authServer.spoil = json(DISCOVERY, { issuer: `http://\u001b[31mred\n${'x'.repeat(1_000)}` });
    const { check } = await diagnose(settings);
    const { detail } = check('discovery', `openid-configuration at ${authServer.url}`);
    expect(detail).toContain('http:// [31mred xxx');
    expect(detail.length).toBeLessThan(250);
  });

  test('finds an API of another issuer', async () => {
    resourceServer.spoil = json('/.well-known/oauth-protected-resource', {
      authorization_servers: ['https://other.example'],
    });
    const { check } = await diagnose(settings);
    expect(check('discovery', `API at ${resourceServer.url}`)).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('https://other.example'),
      mend: expect.stringContaining('ISSUER'),
    });
  });

  test('finds keys that are private, have no kid, or are broken', async () => {
    authServer.spoil = answer('/jwks', (passing) => {
      const { keys } = JSON.parse(passing.body);
      const [key, other] = keys;
      passing.body = JSON.stringify({
        keys: [
          { ...key, d: 'secret-exponent' },
          { ...other, kid: undefined, n: 7 },
        ],
      });
    });
    const { exitCode, check, stdout } = await diagnose(settings);
    expect(exitCode).toBe(1);
    expect(check('keys', 'public keys only')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('JWKS_FILE'),
    });
    expect(check('keys', 'kid and alg').result).toBe('warn');
    expect(check('keys', 'keys are usable').result).toBe('fault');
    expect(stdout).not.toContain('secret-exponent');
  });

  test('finds that there are no keys', async () => {
    authServer.spoil = answer('/jwks', (passing) => {
      passing.body = '{"keys":[]}';
    });
    const { check } = await diagnose(settings);
    expect(check('keys', 'key set')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('JWKS_URI'),
    });
    expect(check('tokens', 'signature').result).toBe('skip');
  });

  test('finds another auth server with keys of its own', async () => {
    const other = await serve(async (req, res) => {
      const { body } = await fetchText(`${authServer.url}${req.url}`);
      res.end(
        req.url === '/jwks'
          ? JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'other', alg: 'ES256', ...OTHER_KEY }] })
          : body.replaceAll(/"http:[^"]*\/(\w+)"/g, (_, path) => `"http://${req.headers.host}/${path}"`),
      );
    });
    const elsewhere = { ...settings, JWKS_URI: `${other}/jwks` };
    const { check } = await diagnose(elsewhere);
    expect(check('discovery', `openid-configuration at ${other}`).result).toBe('ok');
    expect(check('keys', 'the same keys everywhere').result).toBe('fault');
    expect(check('tokens', 'signature').result).toBe('fault');
    const onDatabase = await diagnose({ ...elsewhere, DATABASE_URL: 'postgres://user@localhost/auth' });
    const { mend } = onDatabase.check('keys', 'the same keys everywhere');
    expect(mend).toContain('DATABASE_URL');
    expect(mend, 'which must not be set beside a database').not.toContain('JWKS_FILE');
    expect(onDatabase.check('tokens', 'signature').mend).not.toContain('JWKS_FILE');
  });
});

describe('for tokens, the doctor', { timeout: TIMEOUT }, () => {
  test('finds everything that is wrong with one', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: 'https://other.example', aud: ['a', 'b'], iat: 1, exp: 3_601 };
    const access_token = `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}.AAAA`;
    authServer.spoil = json('/token', { access_token });
    const { exitCode, check } = await diagnose(settings);
    expect(exitCode).toBe(1);
    for (const name of ['signature', 'type', 'issuer', 'audience', 'lifetime']) {
      expect(check('tokens', name).result, name).toBe('fault');
    }
  });

  test('finds one that is not a JWT', async () => {
    authServer.spoil = json('/token', { access_token: 'an-opaque-token' });
    const { check, stdout } = await diagnose(settings);
    expect(check('tokens', 'type').result).toBe('fault');
    expect(stdout).not.toContain('an-opaque-token');
  });

  test('finds that none is issued', async () => {
    authServer.spoil = answer('/token', (passing) => {
      passing.status = 500;
      passing.body = '{"error":"server_error"}';
    });
    const { check } = await diagnose(settings);
    expect(check('tokens', 'password grant')).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('500 (server_error)'),
    });
  });
});

describe('for introspection and revocation, the doctor', { timeout: TIMEOUT }, () => {
  const activeFor = (passing: Passing, isActive: boolean) => {
    passing.status = 200;
    passing.body = JSON.stringify({ active: isActive });
  };

  test('finds that every token is active', async () => {
    authServer.spoil = answer('/introspect', (passing) => activeFor(passing, true));
    const { check } = await diagnose(settings);
    expect(check('introspection', 'client resource-server')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('INTROSPECTION_ENDPOINT'),
    });
    expect(check('introspection', 'a good token').result).toBe('skip');
  });

  test('finds that no token is active, and that any client may introspect', async () => {
    authServer.spoil = answer('/introspect', (passing) => activeFor(passing, false));
    const { check } = await diagnose(settings);
    expect(check('introspection', 'a wrong secret').result).toBe('fault');
    expect(check('introspection', 'a good token')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('RESOURCE'),
    });
    expect(check('introspection', 'a revoked token').result).toBe('skip');
  });

  test('finds that revocation does nothing', async () => {
    authServer.spoil = answer('/introspect', (passing) => {
      if (passing.requestBody.includes('token=eyJ')) activeFor(passing, true);
    });
    const { exitCode, check } = await diagnose(settings);
    expect(exitCode).toBe(1);
    expect(check('introspection', 'a good token').result).toBe('ok');
    expect(check('introspection', 'a revoked token').result).toBe('fault');
  });

  test('does not blame a token that has expired while a slow system answered', async () => {
    authServer.spoil = answer('/introspect', async (passing) => {
      if (passing.requestBody.includes('token=eyJ')) await sleep(2_500);
    });
    const { check } = await diagnose(settings);
    for (const name of ['a good token', 'a revoked token']) {
      expect(check('introspection', name)).toMatchObject({
        result: 'skip',
        detail: expect.stringContaining('so long'),
      });
    }
  });
});

describe('for calls, the doctor', { timeout: TIMEOUT }, () => {
  test('finds an API that is open to everybody, and a webapp whose user is refused', async () => {
    resourceServer.spoil = all(
      answer('/current_time', (passing) => {
        passing.status = 200;
      }),
      answer('/epoch_time', (passing) => {
        passing.status = 200;
      }),
    );
    webapp.spoil = answer('/current_time', (passing) => {
      passing.status = 401;
    });
    const { check } = await diagnose(settings);
    expect(check('calls', 'API without a token').result).toBe('fault');
    expect(check('calls', 'API with a token for something else').result).toBe('fault');
    expect(check('calls', 'a call of the webapp')).toMatchObject({
      result: 'warn',
      mend: expect.stringContaining('DEFAULT_USERNAME'),
    });
  });

  test('finds an API that cannot introspect, and a webapp that cannot call it', async () => {
    resourceServer.spoil = (passing) => {
      if (!passing.requestHeaders.authorization) return;
      passing.status = 502;
      passing.body = '{"detail":"The auth server gave an answer that cannot be used."}';
    };
    const { exitCode, check } = await diagnose(settings);
    expect(exitCode).toBe(1);
    expect(check('calls', 'API with a token')).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('502 (The auth server gave'),
      mend: expect.stringContaining('RESOURCE_SERVER_CLIENT_SECRET'),
    });
    expect(check('calls', 'a call of the webapp')).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('502'),
    });
  });

  test('finds an API that refuses good tokens', async () => {
    resourceServer.spoil = answer('/current_time', (passing) => {
      passing.status = 401;
    });
    const { check } = await diagnose(settings);
    expect(check('calls', 'API with a token')).toMatchObject({
      result: 'fault',
      mend: expect.stringContaining('ISSUER and RESOURCE'),
    });
  });
});

describe('for RFC 9700, the doctor', { timeout: TIMEOUT }, () => {
  test('finds the requirements that metadata breaks', async () => {
    authServer.spoil = json(DISCOVERY, {
      code_challenge_methods_supported: ['plain'],
      response_types_supported: ['code', 'id_token token'],
      dpop_signing_alg_values_supported: undefined,
      grant_types_supported: ['authorization_code'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      authorization_response_iss_parameter_supported: undefined,
    });
    resourceServer.spoil = json('/.well-known/oauth-protected-resource', {
      bearer_methods_supported: ['header', 'query'],
    });
    const { check } = await diagnose(settings);
    const results = Object.entries({
      'PKCE with S256': 'fault',
      'implicit grant': 'warn',
      'refresh token rotation': 'ok',
      'password grant': 'ok',
      'issuer in responses': 'warn',
      'access tokens in URLs': 'warn',
    });
    for (const [name, result] of results) expect(check('rfc9700', name).result, name).toBe(result);
    expect(check('rfc9700', 'sender-constrained access tokens').detail).toContain('no way');
    expect(check('rfc9700', 'client authentication').detail).toContain('nothing but secrets');
  });

  test('finds that PKCE allows the method plain', async () => {
    authServer.spoil = json(DISCOVERY, { code_challenge_methods_supported: ['S256', 'plain'] });
    const { check } = await diagnose(settings);
    expect(check('rfc9700', 'PKCE with S256').result).toBe('warn');
  });

  test('finds the requirements that the authorization endpoint breaks', async () => {
    authServer.spoil = answer('/authorize', (passing) => {
      const asked = new URL(passing.path, authServer.url).searchParams;
      passing.headers = { 'access-control-allow-origin': '*' };
      if (asked.get('client_id') === '') return;
      const to = new URL(String(asked.get('redirect_uri')));
      to.search = 'error=login_required&iss=https://other.example';
      passing.status = 307;
      passing.headers.location = to.href;
    });
    const { exitCode, check } = await diagnose(settings);
    expect(exitCode).toBe(1);
    const results = Object.entries({
      'redirect URIs': 'fault',
      'PKCE of the webapp': 'warn',
      'issuer in responses': 'warn',
      redirects: 'fault',
      CORS: 'fault',
      Referer: 'fault',
      framing: 'fault',
    });
    for (const [name, result] of results) expect(check('rfc9700', name).result, name).toBe(result);
  });

  test('skips checks that need an authorization response when there is none', async () => {
    authServer.spoil = answer('/authorize', (passing) => {
      passing.status = 500;
      passing.headers = {};
    });
    const { check } = await diagnose(settings);
    expect(check('redirects', 'redirect URI registered').result).toBe('fault');
    const ofResponses = ['redirect URIs', 'PKCE of the webapp', 'CORS', 'Referer', 'issuer in responses'];
    for (const name of [...ofResponses, 'redirects', 'framing']) {
      expect(check('rfc9700', name), name).toMatchObject({
        result: 'skip',
        detail: expect.stringContaining('500'),
      });
    }
  });

  test('skips checks that need an error page when there is none', async () => {
    authServer.spoil = answer('/authorize', (passing) => {
      if (passing.status === 400) passing.status = 500;
    });
    const { check } = await diagnose(settings);
    for (const name of ['redirect URIs', 'Referer', 'framing']) {
      expect(check('rfc9700', name).result, name).toBe('skip');
    }
  });
});

/** The public key of the example in RFC 7517 §A.1. */
const OTHER_KEY = {
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};

async function fetchText(url: string): Promise<{ body: string }> {
  return { body: await (await fetch(url)).text() };
}
