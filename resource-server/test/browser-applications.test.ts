/** What applications in browsers, of other origins, may do (the CORS protocol of the Fetch standard). */
import { faultsOf } from 'shared/test/faults-of.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { settingsSchema } from '../src/config.ts';
import { startResourceServer, tokenOf } from './resource-server.ts';

const origin = 'https://app.example';
const METADATA = '/.well-known/oauth-protected-resource';

/** Starts an API for two origins, for a token with this introspection. */
const startApi = (introspect = async () => tokenOf()) =>
  startResourceServer({ CORS_ORIGINS: `${origin}, http://localhost:3000` }, { introspect });

function preflight(url: string, from: string): Promise<Response> {
  const asked = {
    origin: from,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization,dpop',
  };
  return fetch(url, { method: 'OPTIONS', headers: asked });
}

const listed = (response: Response, header: string) =>
  response.headers.get(header)?.toLowerCase().split(/, */) ?? [];

describe('an application of a configured origin', () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  beforeEach(async () => {
    api = await startApi();
  });

  test.each(['/current_time', '/epoch_time'])('may call %s with a token and a proof', async (path) => {
    const response = await preflight(api.base + path, origin);
    expect(response.ok).toBe(true);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(listed(response, 'access-control-allow-headers')).toEqual(['authorization', 'dpop']);
    expect(listed(response, 'access-control-allow-methods')).toContain('get');
    expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0);
    expect(listed(response, 'vary')).toContain('origin');
  });

  test('reads the answer, and sends no cookies', async () => {
    const response = await api.get('/current_time', { origin, authorization: 'Bearer a-token' });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(listed(response, 'vary')).toContain('origin');
    const exposed = listed(response, 'access-control-expose-headers');
    for (const header of ['www-authenticate', 'dpop-nonce', 'retry-after', 'x-request-id'])
      expect(exposed).toContain(header);
  });

  test.each([
    [401, {}],
    [401, { authorization: 'DPoP a-token', dpop: 'a.b.c' }],
    [400, { authorization: 'Bearer a b' }],
  ])('reads the refusal %i', async (status, headers) => {
    const response = await api.get('/current_time', { origin, ...headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('www-authenticate')).not.toBeNull();
  });

  test('reads that the scope does not suffice', async () => {
    const response = await api.get('/epoch_time', { origin, authorization: 'Bearer a-token' });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
  });

  test('reads that a path is not there', async () => {
    const response = await api.get('/nothing', { origin });
    expect(response.status).toBe(404);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
  });
});

test('an application reads that the API cannot answer, and that too many requests are under way', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const api = await startApi(async () => {
    await answered;
    throw new Error('the auth server has gone');
  });
  const calls = Array.from({ length: 80 }, () =>
    api.get('/current_time', { origin, authorization: 'Bearer a-token' }),
  );
  const refused = await Promise.race(calls);
  answer();
  const statuses = (await Promise.all(calls)).map((response) => {
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    return response.status;
  });
  expect(refused.status).toBe(503);
  expect(new Set(statuses)).toEqual(new Set([500, 503]));
});

describe('an application of another origin', () => {
  test.each([
    'https://other.example',
    'https://app.example:8443',
    'http://app.example',
    'https://app.example.evil.example',
    'https://sub.app.example',
    'null',
  ])('such as %s is let in nowhere', async (from) => {
    const api = await startApi();
    for (const response of [
      await preflight(`${api.base}/current_time`, from),
      await api.get('/current_time', { origin: from, authorization: 'Bearer a-token' }),
    ]) {
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(listed(response, 'vary')).toContain('origin');
    }
  });
});

test('unless origins are configured, none is let in', async () => {
  const api = await startResourceServer({}, { introspect: async () => tokenOf() });
  const response = await api.get('/current_time', { origin, authorization: 'Bearer a-token' });
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

test.each([{}, { CORS_ORIGINS: origin }])(
  'the metadata is for applications of all origins: %o',
  async (set) => {
    const { base, get } = await startResourceServer(set);
    // MCP clients send a header of their own.
    const asked = await fetch(base + METADATA, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://other.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      },
    });
    expect(asked.ok).toBe(true);
    expect(asked.headers.get('access-control-allow-headers')).toBe('*');
    for (const response of [asked, await get(METADATA, { origin }), await get(METADATA)])
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
  },
);

test.each([
  '*',
  'null',
  'https://app.example/',
  'https://app.example/path',
  'https://APP.example',
  'https://app.example:443',
  'https://*.example',
  'app.example',
  'file://',
])('CORS_ORIGINS names origins exactly, not %s', (CORS_ORIGINS) => {
  expect(faultsOf(settingsSchema, { CORS_ORIGINS })).toEqual([
    'CORS_ORIGINS (at 0): must be an origin as browsers write it: https://app.example or http://localhost:3000, in lower case, without a path',
  ]);
});
