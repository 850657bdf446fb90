/** How the webapp shows the time. */
import { describe, expect, test } from 'vitest';
import { startWithOverrides, TIMES } from './webapp.ts';

const cases: ['current_time' | 'epoch_time', unknown][] = [
  ['current_time', TIMES.current_time.current_time],
  ['epoch_time', TIMES.epoch_time.epoch_time],
];

describe.each(cases)('GET /%s', (endpoint, value) => {
  test.each<[what: string, headers: Record<string, string>]>([
    ['without an Accept header', {}],
    ['for curl', { accept: '*/*' }],
    ['when JSON is asked for', { accept: 'application/json' }],
    ['when JSON is preferred', { accept: 'text/plain;q=0.5, application/json' }],
    ['for a browser', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ['when what is asked for is not on offer', { accept: 'image/png' }],
  ])('is JSON and a newline %s', async (_, headers) => {
    const { get } = await startWithOverrides();
    const response = await get(`/${endpoint}`, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.text()).toBe(`${JSON.stringify({ [endpoint]: value })}\n`);
  });

  test.each(['text/plain', 'text/plain, application/json;q=0.5', 'text/*'])(
    'is the bare value and a newline for Accept: %s',
    async (accept) => {
      const { get } = await startWithOverrides();
      const response = await get(`/${endpoint}`, { accept });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(await response.text()).toBe(`${value}\n`);
    },
  );

  test('may not be stored, and depends on Accept', async () => {
    const { get } = await startWithOverrides();
    const { headers } = await get(`/${endpoint}`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toBe('Accept');
  });

  test('is the same without a body for HEAD', async () => {
    const { base, get } = await startWithOverrides();
    const head = await fetch(`${base}/${endpoint}`, { method: 'HEAD' });
    const full = await get(`/${endpoint}`);
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const header of ['content-type', 'content-length', 'cache-control']) {
      expect(head.headers.get(header)).toBe(full.headers.get(header));
    }
  });

  test('takes a new token with the scope of that endpoint only', async () => {
    const { get, grants, calls } = await startWithOverrides();
    await get(`/${endpoint}`);
    await get(`/${endpoint}`);
    expect(grants.map(({ scope }) => scope)).toEqual([endpoint, endpoint]);
    expect(calls).toEqual([
      { endpoint, token: 'token-1' },
      { endpoint, token: 'token-2' },
    ]);
  });
});
