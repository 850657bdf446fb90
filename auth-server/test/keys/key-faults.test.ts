/** Faults of a JWKS_FILE are told at start, with the name of the setting and without any of the keys. */
import { exportJWK } from 'jose';
import { parseSettings } from 'shared/config/settings.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { recordingTelemetry } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import { FAST_PATH, makeKey, temporaryFile } from '../support/auth-server.ts';

/** The faults of a start with these settings. */
async function faultsOf(environment: Record<string, string>): Promise<string[]> {
  try {
    const settings = parseSettings(settingsSchema, { FAST_PATH, ...environment });
    await createApp({ settings, ...recordingTelemetry(), stopping: new AbortController().signal });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(StartupFault);
    return (error as StartupFault).faults;
  }
}

type Key = Awaited<ReturnType<typeof makeKey>>;

test.each<[string, (key: Key) => unknown]>([
  ['is not JSON', ({ jwk }) => `${JSON.stringify(jwk)}}`],
  ['is not a key set', ({ jwk }) => jwk],
  ['holds no key', () => ({ keys: [] })],
  ['holds no key for SIGNING_ALG', async () => ({ keys: [(await makeKey('RS256')).jwk] })],
  [
    'holds a public key',
    async ({ publicKey }) => ({ keys: [{ ...(await exportJWK(publicKey)), kid: 'public' }] }),
  ],
  ['holds a public key too', async ({ jwk, publicKey }) => ({ keys: [jwk, await exportJWK(publicKey)] })],
  ['holds a secret', ({ jwk }) => ({ keys: [jwk, { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' }] })],
  ['holds a broken key', ({ jwk }) => ({ keys: [{ ...jwk, x: 'AAAA' }] })],
  [
    'holds two keys with the same kid',
    async ({ jwk, kid }) => ({ keys: [jwk, (await makeKey('ES256', kid)).jwk] }),
  ],
  ['holds a key for encryption only', ({ jwk }) => ({ keys: [{ ...jwk, use: 'enc' }] })],
  [
    'holds an RSA key without its factors',
    async ({ jwk }) => {
      const { p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest } = (await makeKey('RS256')).jwk;
      return { keys: [jwk, rest] };
    },
  ],
])('a JWKS_FILE that %s is a fault', async (_what, content) => {
  const key = await makeKey();
  const faults = await faultsOf({ JWKS_FILE: await temporaryFile(await content(key)) });
  expect(faults.length).toBeGreaterThan(0);
  for (const fault of faults) expect(fault).toMatch(/^JWKS_FILE\b/);
  expect(faults.join('\n')).not.toContain(key.jwk.d);
});

test.each(['/nowhere/keys.json', '/'])(
  'a JWKS_FILE that cannot be read, such as %s, is a fault',
  async (path) => {
    expect(await faultsOf({ JWKS_FILE: path })).toEqual([
      expect.stringMatching(/^JWKS_FILE: .+ cannot be read/),
    ]);
  },
);
