/** The resource server's settings. */
import { parseSettings } from 'shared/config/settings.ts';
import { faultsOf } from 'shared/test/faults-of.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../src/config.ts';

test('every setting has a default', () => {
  expect(parseSettings(settingsSchema, {})).toEqual({
    APP_ENV: 'development',
    HOST: '127.0.0.1',
    METRICS_HOST: '127.0.0.1',
    PORT: 5002,
    LOG_LEVEL: 'info',
    OTEL_SDK_DISABLED: 'false',
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    OTEL_TRACES_SAMPLER_ARG: 1,
    ISSUER: 'http://localhost:5001',
    INTROSPECTION_ENDPOINT: 'http://localhost:5001/introspect',
    INTROSPECTION_RESPONSE: 'json',
    JWKS_URI: 'http://localhost:5001/jwks',
    RESOURCE: 'http://localhost:5002',
    CORS_ORIGINS: [],
    FORWARD_AUTH: [],
    RESOURCE_SERVER_CLIENT_ID: 'resource-server',
    RESOURCE_SERVER_CLIENT_SECRET: 'asdfgh',
  });
});

test('the endpoint follows from the issuer, and the identifier from the port, unless they are set', () => {
  expect(parseSettings(settingsSchema, { ISSUER: 'https://issuer.example/', PORT: '8080' })).toMatchObject({
    INTROSPECTION_ENDPOINT: 'https://issuer.example/introspect',
    RESOURCE: 'http://localhost:8080',
  });
  const set = { INTROSPECTION_ENDPOINT: 'http://auth-server:5001/check', RESOURCE: 'https://time.example' };
  expect(parseSettings(settingsSchema, { ISSUER: 'https://issuer.example', ...set })).toMatchObject(set);
});

test('every fault is named at once', () => {
  const faults = faultsOf(settingsSchema, {
    APP_ENV: 'prod',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    ISSUER: 'issuer.example',
    INTROSPECTION_ENDPOINT: 'http://user:pass@issuer.example/introspect',
    RESOURCE: 'https://time.example?a=b',
  });
  expect(new Set(faults.map((fault) => fault.split(':')[0]))).toEqual(
    new Set(['APP_ENV', 'PORT', 'LOG_LEVEL', 'ISSUER', 'INTROSPECTION_ENDPOINT', 'RESOURCE']),
  );
});

describe('production', () => {
  const fit = {
    APP_ENV: 'production',
    ISSUER: 'https://issuer.example',
    RESOURCE: 'https://time.example',
    RESOURCE_SERVER_CLIENT_SECRET: 'T2zHSxMdLmTCd4eT',
  };

  test('starts with settings that are fit for it', () => {
    expect(parseSettings(settingsSchema, fit)).toMatchObject(fit);
  });

  test.each([
    ['the demo secret', { RESOURCE_SERVER_CLIENT_SECRET: 'asdfgh' }, 'RESOURCE_SERVER_CLIENT_SECRET'],
    [
      'a secret of 15 characters',
      { RESOURCE_SERVER_CLIENT_SECRET: 'T2zHSxMdLmTCd4e' },
      'RESOURCE_SERVER_CLIENT_SECRET',
    ],
    ['an empty secret', { RESOURCE_SERVER_CLIENT_SECRET: '' }, 'RESOURCE_SERVER_CLIENT_SECRET'],
    ['an issuer that is not https', { ISSUER: 'http://issuer.example' }, 'ISSUER'],
  ])('refuses %s, and says how to set it', (_, unfit, setting) => {
    const faults = faultsOf(settingsSchema, { ...fit, ...unfit });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${setting}: must .* set it `))]);
  });

  test('names every setting that is only good for a demo at once', () => {
    const faults = faultsOf(settingsSchema, { APP_ENV: 'production' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['ISSUER', 'RESOURCE_SERVER_CLIENT_SECRET']);
  });
});
