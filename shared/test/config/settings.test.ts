/** Which values settings accept, and what their faults say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import {
  commaList,
  commonSettings,
  endpointAt,
  isDemoSecret,
  jsonFile,
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

describe('a list', () => {
  test.each([
    ['a', ['a']],
    [' a , b,c ', ['a', 'b', 'c']],
    [',,a,', ['a']],
    [' ', []],
  ])('"%s" is %j', (text, list) => expect(commaList.parse(text)).toEqual(list));
});

describe('a setting that names a JSON file', () => {
  const schema = z.object({ FILE: jsonFile(z.object({ list: z.array(z.int()) })) });

  test('is the content of the file', () => {
    const FILE = fileWith('{"list":[1,2]}');
    expect(parseSettings(schema, { FILE })).toEqual({ FILE: { list: [1, 2] } });
  });

  test('says where in the file a fault is, without the value', () => {
    const faults = faultsOf(schema, { FILE: fileWith('{"list":[1,"secret"]}') });
    expect(faults).toEqual([expect.stringMatching(/^FILE \(at list\.1\): /)]);
    expect(faults.join()).not.toContain('secret');
  });

  test('may not name a file that is not JSON, and does not quote it', () => {
    const faults = faultsOf(schema, { FILE: fileWith('secret') });
    expect(faults).toEqual([expect.stringMatching(/^FILE: .*is not JSON$/)]);
    expect(faults.join()).not.toContain('secret');
  });

  test('says where in the file the syntax is wrong', () => {
    const faults = faultsOf(schema, { FILE: fileWith('{"list": [1],\n "secret"}') });
    expect(faults).toEqual(['FILE: the file that it names is not JSON (at line 2 column 10)']);
  });

  test('may not name a file that does not exist', () => {
    expect(faultsOf(schema, { FILE: '/no/such/file' })).toEqual([expect.stringMatching(/^FILE: .*ENOENT/)]);
  });

  test('has a path relative to the folder in which npm was started', () => {
    const path = fileWith('{"list":[3]}');
    vi.stubEnv('INIT_CWD', dirname(path));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(parseSettings(schema, { FILE: basename(path) })).toEqual({ FILE: { list: [3] } });
  });

  test('has a path relative to the working directory without npm', () => {
    vi.stubEnv('INIT_CWD', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const FILE = relative(process.cwd(), fileWith('{"list":[4]}'));
    expect(parseSettings(schema, { FILE })).toEqual({ FILE: { list: [4] } });
  });

  test('that cannot be read has a fault which says where paths count from, without the path', () => {
    const faults = faultsOf(schema, { FILE: 'no-such-file' });
    expect(faults).toEqual([expect.stringContaining('counts from the folder that npm was started in')]);
    expect(faults.join()).not.toContain('no-such-file');
  });

  test('does not show its value when it holds the JSON itself', () => {
    expect(faultsOf(schema, { FILE: '{"list":["secret"]}' }).join()).not.toContain('secret');
  });

  function fileWith(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'file.json');
    writeFileSync(path, content);
    return path;
  }
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
