/** Signed introspection answers (RFC 9701) about another token than the one that was introspected. */
import { SignJWT } from 'jose';
import { expectOutage } from 'shared/test/upstream-faults.ts';
import { describe, expect, test } from 'vitest';
import { type IssuerKey, issuerKey, jwks, jwt, signedAnswer, startWithIssuer } from './issuer.ts';
import { tokenOf } from './resource-server.ts';

const key = await issuerKey('first');
const iat = Math.floor(Date.now() / 1000);
const claims = { jti: 'the-jti', iat, exp: iat + 60 };
const about = (facts: object) => ({ claims: { token_introspection: { ...tokenOf(), ...facts } } });

/** A JWT access token (RFC 9068) with these claims. */
const accessToken = (facts: object, by: IssuerKey = key) =>
  new SignJWT({ ...facts })
    .setProtectedHeader({ typ: 'at+jwt', alg: by.alg, kid: by.kid })
    .sign(by.privateKey);

/** Asks for the time with a token about which the issuer says this. */
async function ask(token: string, facts: object) {
  const { getWithToken } = await startWithIssuer(
    async (issuer) => jwt(await signedAnswer(issuer, key, about(facts))),
    jwks(key),
  );
  return getWithToken('/current_time', token);
}

test('an answer about the introspected JWT is believed', async () => {
  expect((await ask(await accessToken(claims), claims)).status).toBe(200);
});

test('an answer about an expired token is 401', async () => {
  const past = { ...claims, exp: iat - 1 };
  expect((await ask(await accessToken(past), past)).status).toBe(401);
});

describe('502, and never the time, for an answer', () => {
  test.each([
    ['about a JWT of another jti', { ...claims, jti: 'another' }],
    ['about a JWT with another iat', { ...claims, iat: iat - 1 }],
    ['about a JWT with another exp', { ...claims, exp: claims.exp + 1 }],
    ['that does not say which JWT it is about', {}],
    ['about an opaque token', { iat, exp: claims.exp }],
  ])('%s', async (_what, facts) => {
    await expectOutage(await ask(await accessToken(claims), facts), [502]);
  });

  test('about a JWT, when an opaque token was introspected', async () => {
    await expectOutage(await ask('a-token', claims), [502]);
  });

  test('about a JWT with the same claims and a forged signature, or none', async () => {
    const [header, payload, signature = ''] = (await accessToken(claims)).split('.');
    for (const token of [
      await accessToken(claims, await issuerKey('first')),
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${header}.${payload}.`,
    ])
      await expectOutage(await ask(token, claims), [502]);
  });
});

test('an answer about an opaque token is believed when it has no jti, or that of the token', async () => {
  for (const facts of [
    { iat, exp: claims.exp },
    { ...claims, jti: 'a-token' },
  ])
    expect((await ask('a-token', facts)).status).toBe(200);
});

test('an answer that the token is inactive needs no claims to match', async () => {
  expect((await ask(await accessToken(claims), { active: false })).status).toBe(401);
});
