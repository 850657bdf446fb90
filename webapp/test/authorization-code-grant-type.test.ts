/** How a call gets its token: by the grant in its query, or else by the setting GRANT_TYPE. */
import { faultsOf } from 'shared/test/faults-of.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../src/config.ts';
import { Browser, startCodeFlow } from './authorization-server.ts';

test.each<[what: string, setting: string, query: string, status: number]>([
  ['by the password grant by default', '', '', 200],
  ['by the code flow when the query says so', '', '?grant_type=authorization_code', 303],
  ['by the password grant when the query says so', '', '?grant_type=password', 200],
  ['by the code flow when the setting says so', 'authorization_code', '', 303],
  [
    'by the grant of the query when the setting names another',
    'authorization_code',
    '?grant_type=password',
    200,
  ],
  ['by the password grant when the setting says so', 'password', '?other=authorization_code', 200],
])('%s', async (_, setting, query, status) => {
  const { base, redeemed } = await startCodeFlow({ environment: setting ? { GRANT_TYPE: setting } : {} });
  const response = await new Browser().get(`${base}/current_time${query}`);
  expect(response.status).toBe(status);
  expect(redeemed()).toMatchObject(status === 200 ? [{ grant_type: 'password' }] : []);
});

describe.each(['password', 'authorization_code'])('with GRANT_TYPE=%s', (GRANT_TYPE) => {
  test.each([
    'grant_type=client_credentials',
    'grant_type=',
    'grant_type=Password',
    'grant_type=password&grant_type=password',
    'grant_type=password&grant_type=authorization_code',
  ])('?%s is a 400 problem, and no flow begins', async (query) => {
    const { base, redeemed } = await startCodeFlow({ environment: { GRANT_TYPE } });
    const browser = new Browser();
    const response = await browser.get(`${base}/current_time?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('grant_type') });
    expect(browser.cookies.size).toBe(0);
    expect(redeemed()).toEqual([]);
  });
});

test('malformed credentials are 401 in the code flow too', async () => {
  const { base } = await startCodeFlow();
  const response = await new Browser().get(`${base}/current_time?grant_type=authorization_code`, {
    authorization: 'Basic ?',
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
});

describe('the settings', () => {
  test('have defaults that follow the issuer and the port', () => {
    expect(settingsSchema.parse({ ISSUER: 'https://issuer.example/', PORT: '6003' })).toMatchObject({
      GRANT_TYPE: 'password',
      AUTHORIZATION_ENDPOINT: 'https://issuer.example/authorize',
      WEBAPP_REDIRECT_URI: 'http://localhost:6003/callback',
    });
  });

  test.each([
    ['GRANT_TYPE', 'implicit'],
    ['AUTHORIZATION_ENDPOINT', 'https://issuer.example/authorize?a=b'],
    ['WEBAPP_REDIRECT_URI', '/callback'],
  ])('name a fault in %s', (setting, value) => {
    expect(faultsOf(settingsSchema, { [setting]: value })).toEqual([expect.stringContaining(setting)]);
  });

  test('must send browsers to https URLs in production, except to the machine itself', () => {
    const production = {
      APP_ENV: 'production',
      ISSUER: 'https://issuer.example',
      WEBAPP_CLIENT_SECRET: 'T2zHSxMdLmTCd4eT',
      DEFAULT_PASSWORD: 'pXq8-6vYkSdZ',
    };
    const plain = {
      AUTHORIZATION_ENDPOINT: 'http://issuer.example/authorize',
      WEBAPP_REDIRECT_URI: 'http://time.example/callback',
    };
    const faults = faultsOf(settingsSchema, { ...production, ...plain });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(Object.keys(plain));
    const fit = {
      AUTHORIZATION_ENDPOINT: 'https://issuer.example/authorize',
      WEBAPP_REDIRECT_URI: 'http://localhost:5003/callback',
    };
    expect(settingsSchema.parse({ ...production, ...fit })).toMatchObject(fit);
    const foreign = { WEBAPP_REDIRECT_URI: 'http://localhost.example/callback' };
    expect(faultsOf(settingsSchema, { ...production, ...foreign })).toHaveLength(1);
  });
});
