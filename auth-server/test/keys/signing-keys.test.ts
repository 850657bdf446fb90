/** The algorithms and keys that sign access tokens. */
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, exportJWK, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessToken, makeKey, startAuthServer, temporaryFile } from '../support/auth-server.ts';

async function expectGood(
  token: string,
  { issuer, introspect }: Awaited<ReturnType<typeof startAuthServer>>,
): Promise<void> {
  const keySet = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  await expect(jwtVerify(token, keySet, { typ: 'at+jwt' })).resolves.toBeDefined();
  expect(await (await introspect(token)).json()).toMatchObject({ active: true });
}

describe.each(['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])('with SIGNING_ALG %s', (alg) => {
  test('keys made at start sign tokens that verify and are active', async () => {
    const server = await startAuthServer({ SIGNING_ALG: alg });
    const token = await accessToken(await server.requestToken());
    expect(decodeProtectedHeader(token).alg).toBe(alg);
    await expectGood(token, server);
  });

  test("the operator's key signs tokens that verify and are active", async () => {
    const { jwk } = await makeKey(alg, 'of-the-operator');
    const JWKS_FILE = await temporaryFile({ keys: [jwk] });
    const server = await startAuthServer({ SIGNING_ALG: alg, JWKS_FILE });
    const token = await accessToken(await server.requestToken());
    expect(decodeProtectedHeader(token)).toEqual({ alg, kid: 'of-the-operator', typ: 'at+jwt' });
    await expectGood(token, server);
  });

  test("the operator's key may lack kid, alg and use", async () => {
    const { kid: _kid, alg: _alg, use: _use, ...bare } = (await makeKey(alg)).jwk;
    const JWKS_FILE = await temporaryFile({ keys: [bare] });
    const server = await startAuthServer({ SIGNING_ALG: alg, JWKS_FILE });
    await expectGood(await accessToken(await server.requestToken()), server);
  });

  test('tokens that are requested at once verify, and each belongs to its own user', async () => {
    const server = await startAuthServer({ SIGNING_ALG: alg });
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    const answers = await Promise.all(users.map((username) => server.requestToken({ username })));
    const tokens = await Promise.all(answers.map(accessToken));
    expect(tokens.map((token) => decodeJwt(token).sub)).toEqual(users);
    for (const token of tokens) await expectGood(token, server);
  });

  test("the operator's key is published with its certificates, and without the operations of its private half", async () => {
    const { jwk, publicKey } = await makeKey(alg);
    const x5c = ['Y2VydGlmaWNhdGU='];
    // `key_ops` as WebCrypto exports it.
    const exported = { ...jwk, x5c, key_ops: ['sign'], ext: true };
    const JWKS_FILE = await temporaryFile({ keys: [exported] });
    const server = await startAuthServer({ SIGNING_ALG: alg, JWKS_FILE });
    const published = { ...(await exportJWK(publicKey)), kid: jwk.kid, alg, use: 'sig', x5c };
    expect(await (await fetch(`${server.issuer}/jwks`)).json()).toEqual({ keys: [published] });
    await expectGood(await accessToken(await server.requestToken()), server);
  });
});

test('a warning says that keys were made at start, only if they were', async () => {
  const warned = { event: 'keys.made', level: 40 };
  const { lines } = await startAuthServer();
  expect(lines).toContainEqual(expect.objectContaining(warned));
  const JWKS_FILE = await temporaryFile({ keys: [(await makeKey()).jwk] });
  const { lines: withFile } = await startAuthServer({ JWKS_FILE });
  expect(withFile).not.toContainEqual(expect.objectContaining(warned));
});

test.each([
  ['warns once', 'when the JWKS_FILE has none', ['ES256'], 1],
  ['does not warn', 'when the JWKS_FILE has one', ['ES256', 'RS256'], 0],
])('a start %s that ID tokens cannot be signed with RS256 %s', async (_does, _when, algs, times) => {
  const keys = await Promise.all(algs.map(async (alg) => (await makeKey(alg)).jwk));
  const { lines } = await startAuthServer({ JWKS_FILE: await temporaryFile({ keys }) });
  const warnings = lines.filter(({ event, level }) => event === 'keys.no_rs256' && level === 40);
  expect(warnings).toHaveLength(times);
});

test('keys that are made at start include one for RS256', async () => {
  const { lines } = await startAuthServer();
  expect(lines).not.toContainEqual(expect.objectContaining({ event: 'keys.no_rs256' }));
});

test('a restart with the same keys accepts the tokens from before', async () => {
  const JWKS_FILE = await temporaryFile({ keys: [(await makeKey()).jwk] });
  const before = await startAuthServer({ JWKS_FILE });
  const token = await accessToken(await before.requestToken());
  const after = await startAuthServer({ JWKS_FILE, ISSUER: before.issuer });
  expect(await (await after.introspect(token)).json()).toMatchObject({ active: true });
});

test('a key that was put first signs, and the tokens of the key behind it are still accepted', async () => {
  const [old, young] = [await makeKey('ES256', 'old'), await makeKey('ES256', 'young')];
  const before = await startAuthServer({ JWKS_FILE: await temporaryFile({ keys: [old.jwk] }) });
  const token = await accessToken(await before.requestToken());
  const after = await startAuthServer({
    JWKS_FILE: await temporaryFile({ keys: [young.jwk, old.jwk] }),
    ISSUER: before.issuer,
  });
  expect(decodeProtectedHeader(await accessToken(await after.requestToken())).kid).toBe('young');
  expect(await (await after.introspect(token)).json()).toMatchObject({ active: true });
});
