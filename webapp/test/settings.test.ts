/** The webapp's settings. */
import { parseSettings } from 'shared/config/settings.ts';
import { faultsOf } from 'shared/test/faults-of.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../src/config.ts';

test('every setting has a default', () => {
  expect(parseSettings(settingsSchema, {})).toEqual({
    APP_ENV: 'development',
    HOST: '127.0.0.1',
    METRICS_HOST: '127.0.0.1',
    PORT: 5003,
    LOG_LEVEL: 'info',
    OTEL_SDK_DISABLED: 'false',
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    OTEL_TRACES_SAMPLER_ARG: 1,
    ISSUER: 'http://localhost:5001',
    TRUSTED_PROXIES: [],
    AUTHORIZATION_ENDPOINT: 'http://localhost:5001/authorize',
    WEBAPP_REDIRECT_URI: 'http://localhost:5003/callback',
    GRANT_TYPE: 'password',
    TOKEN_ENDPOINT: 'http://localhost:5001/token',
    RESOURCE: 'http://localhost:5002',
    RESOURCE_SERVER_URL: 'http://localhost:5002',
    WEBAPP_CLIENT_ID: '1234',
    WEBAPP_CLIENT_SECRET: 'qwerty',
    DEFAULT_USERNAME: 'bob',
    DEFAULT_PASSWORD: 'builder',
  });
});

test('the addresses follow from the identifiers unless they are set', () => {
  const identifiers = { ISSUER: 'https://issuer.example/', RESOURCE: 'https://time.example' };
  expect(parseSettings(settingsSchema, identifiers)).toMatchObject({
    TOKEN_ENDPOINT: 'https://issuer.example/token',
    RESOURCE_SERVER_URL: 'https://time.example',
  });
  const set = { TOKEN_ENDPOINT: 'http://auth-server:5001/t', RESOURCE_SERVER_URL: 'http://api:5002' };
  expect(parseSettings(settingsSchema, { ...identifiers, ...set })).toMatchObject(set);
});

test('every fault is named at once', () => {
  const faults = faultsOf(settingsSchema, {
    APP_ENV: 'prod',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    ISSUER: 'issuer.example',
    TOKEN_ENDPOINT: 'ftp://issuer.example/token',
    RESOURCE: 'https://time.example#a',
    RESOURCE_SERVER_URL: 'https://user:pass@time.example',
  });
  expect(new Set(faults.map((fault) => fault.split(':')[0]))).toEqual(
    new Set(['APP_ENV', 'PORT', 'LOG_LEVEL', 'ISSUER', 'TOKEN_ENDPOINT', 'RESOURCE', 'RESOURCE_SERVER_URL']),
  );
});

test.each(['bob', 'b'.repeat(100), '🕐'.repeat(3), '🕐'.repeat(100)])(
  'the default username may be %s',
  (DEFAULT_USERNAME) => {
    expect(parseSettings(settingsSchema, { DEFAULT_USERNAME })).toMatchObject({ DEFAULT_USERNAME });
  },
);

test.each(['al', 'b'.repeat(101), '🕐'.repeat(2), '🕐'.repeat(101)])(
  'the default username may not be %s',
  (DEFAULT_USERNAME) => {
    expect(faultsOf(settingsSchema, { DEFAULT_USERNAME })).toEqual([
      'DEFAULT_USERNAME: must have 3 to 100 characters',
    ]);
  },
);

describe('production', () => {
  const fit = {
    APP_ENV: 'production',
    ISSUER: 'https://issuer.example',
    WEBAPP_CLIENT_SECRET: 'T2zHSxMdLmTCd4eT',
    DEFAULT_PASSWORD: 'pXq8-6vYkSdZ',
  };

  test('starts with settings that are fit for it', () => {
    expect(parseSettings(settingsSchema, fit)).toMatchObject(fit);
  });

  test.each([
    ['the demo secret', { WEBAPP_CLIENT_SECRET: 'qwerty' }, 'WEBAPP_CLIENT_SECRET'],
    ['a secret of 15 characters', { WEBAPP_CLIENT_SECRET: 'T2zHSxMdLmTCd4e' }, 'WEBAPP_CLIENT_SECRET'],
    ['no secret', { WEBAPP_CLIENT_SECRET: '' }, 'WEBAPP_CLIENT_SECRET'],
    ["the demo user's password", { DEFAULT_PASSWORD: 'builder' }, 'DEFAULT_PASSWORD'],
    ['an issuer that is not https', { ISSUER: 'http://issuer.example' }, 'ISSUER'],
  ])('refuses %s, and says how to set it', (_, unfit, setting) => {
    const faults = faultsOf(settingsSchema, { ...fit, ...unfit });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${setting}: must .* set it `))]);
  });

  test('names every setting that is only good for a demo at once', () => {
    const faults = faultsOf(settingsSchema, { APP_ENV: 'production' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'ISSUER',
      'WEBAPP_CLIENT_SECRET',
      'DEFAULT_PASSWORD',
    ]);
  });
});
