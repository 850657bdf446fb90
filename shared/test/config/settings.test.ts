/** Which values settings accept, and what their faults say. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  commaList,
  commonSettings,
  endpointAt,
  isDemoSecret,
  mustBeHttps,
  parseSettings,
  port,
  serviceUrl,
  withProductionRules,
} from '../../src/config/settings.ts';
import { faultsOf } from '../faults-of.ts';

function accepts(setting: z.ZodType, value: string): boolean {
  return setting.safeParse(value).success;
}

describe('a service URL', () => {
  test.each([
    'http://localhost:5001',
    'https://issuer.example',
    'https://issuer.example/tenant/',
    'http://[::1]:1',
  ])('may be %s, and is kept as written', (url) => expect(serviceUrl.parse(url)).toBe(url));

  test.each([
    'issuer.example',
    'localhost:5001',
    'ftp://issuer.example',
    'https://user@issuer.example',
    'https://:password@issuer.example',
    'https://issuer.example?a=b',
    'https://issuer.example?',
    'https://issuer.example#a',
    'https://',
    'not a URL',
  ])('may not be %s', (url) => expect(accepts(serviceUrl, url)).toBe(false));

  test.each(['https://issuer.example', 'https://issuer.example/'])('%s has endpoints below it', (url) =>
    expect(endpointAt(url, 'token')).toBe('https://issuer.example/token'),
  );
});

describe('a port', () => {
  test.each(['0', '80', '65535'])('may be %s', (text) => expect(port.parse(text)).toBe(Number(text)));
  test.each(['65536', '-1', '80.5', '0x50', ' 80', '8e1', '123456', 'http'])('may not be "%s"', (text) =>
    expect(accepts(port, text)).toBe(false),
  );
});

test.each(['METRICS_PORT', 'PORT'])(
  '%s that Kubernetes set for a Service is named for what it is',
  (name) => {
    const schema = z.object({ [name]: port });
    expect(faultsOf(schema, { [name]: 'tcp://10.0.0.1:80' })).toEqual([
      expect.stringMatching(
        new RegExp(`^${name}: was set by Kubernetes for a Service .*enableServiceLinks: false`),
      ),
    ]);
    expect(faultsOf(schema, { [name]: 'tcp' })).toEqual([`${name}: must be a number from 0 to 65535`]);
  },
);

describe('a list', () => {
  test.each([
    ['a', ['a']],
    [' a , b,c ', ['a', 'b', 'c']],
    [',,a,', ['a']],
    [' ', []],
  ])('"%s" is %j', (text, list) => expect(commaList.parse(text)).toEqual(list));
});

describe('the rules of production that services share', () => {
  test.each(['qwerty', 'asdfgh'])('%s is a demo secret', (secret) => expect(isDemoSecret(secret)).toBe(true));
  test('another secret is not a demo secret', () => expect(isDemoSecret('T2zHSxMdLmTCd4eT')).toBe(false));

  const schema = withProductionRules(
    z.object({ APP_ENV: z.string(), ISSUER: serviceUrl.optional(), OTHER: z.string().default('') }),
    [mustBeHttps('ISSUER', 'must be https: set it')],
  );
  const APP_ENV = 'production';

  test.each([undefined, 'http://issuer.example'])('an issuer may not be %s', (ISSUER) =>
    expect(faultsOf(schema, { APP_ENV, ISSUER })).toEqual(['ISSUER: must be https: set it']),
  );
  test('an issuer may be https', () => {
    const ISSUER = 'https://issuer.example';
    expect(parseSettings(schema, { APP_ENV, ISSUER })).toMatchObject({ ISSUER });
  });
});

describe('SENTRY_DSN', () => {
  const dsn = z.object({ SENTRY_DSN: commonSettings.SENTRY_DSN });

  test.each(['https://abc123@o1.ingest.example/42', 'http://key@127.0.0.1:9000/path/1'])(
    'may be %s',
    (SENTRY_DSN) => {
      expect(parseSettings(dsn, { SENTRY_DSN })).toEqual({ SENTRY_DSN });
    },
  );

  test.each([
    'https://o1.ingest.example/42',
    'https://key@host',
    'https://key:secret@host/1',
    'ftp://key@host/1',
    'key',
  ])('may not be %s, and the fault does not quote it', (SENTRY_DSN) => {
    expect(faultsOf(dsn, { SENTRY_DSN })).toEqual([
      'SENTRY_DSN: must be a Sentry DSN: https://<public key>@<host>/<project id>',
    ]);
  });
});
