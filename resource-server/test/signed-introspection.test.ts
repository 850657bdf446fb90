/** Introspection answers that the issuer signs (RFC 9701). When the settings ask for them, nothing else is believed. */
import { SignJWT } from 'jose';
import { type Answer, form, json } from 'shared/test/upstream.ts';
import { expectOutage } from 'shared/test/upstream-faults.ts';
import { describe, expect, test } from 'vitest';
import { issuerKey, jwks, jwt, signedAnswer, startWithIssuer } from './issuer.ts';
import { tokenOf } from './resource-server.ts';

const key = await issuerKey('first');
const now = () => Math.floor(Date.now() / 1000);

/** Starts an issuer whose answers have these claims and header parameters. */
function startWith(faults: Parameters<typeof signedAnswer>[2] = {}, options = {}) {
  return startWithIssuer(async (issuer) => jwt(await signedAnswer(issuer, key, faults)), jwks(key), options);
}

test('a signed answer is requested, verified and believed', async () => {
  const { getWithToken, requestsTo } = await startWith();
  const response = await getWithToken('/current_time');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ current_time: expect.any(String) });
  const [request] = requestsTo('/introspect');
  expect(request?.headers.accept).toBe('application/token-introspection+jwt');
  expect(request && form(request)).toMatchObject({ token: 'a-token' });
});

test.each(['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])('%s may sign it', async (alg) => {
  const key = await issuerKey('first', alg);
  const introspect = async (issuer: string) => jwt(await signedAnswer(issuer, key));
  const { getWithToken } = await startWithIssuer(introspect, jwks(key));
  expect((await getWithToken('/current_time')).status).toBe(200);
});

test.each<[what: string, facts: object, status: number]>([
  ['is inactive', { active: false }, 401],
  ['is for another API', tokenOf({ aud: 'https://other.example' }), 401],
  ['is bound to a key', tokenOf({ cnf: { jkt: 'thumbprint' } }), 401],
  ['has another scope', tokenOf({ scope: 'epoch_time' }), 403],
  ['has a chain of actors that cannot be read', tokenOf({ act: { sub: 'orders-api', act: 'x' } }), 401],
])('a token that %s according to a signed answer is refused', async (_, token_introspection, status) => {
  const { getWithToken } = await startWith({ claims: { token_introspection } });
  const response = await getWithToken('/current_time');
  expect(response.status).toBe(status);
  expect(response.headers.get('www-authenticate')).toContain('error=');
});

test.each([
  ['an audience of several', { aud: ['other', 'resource-server'] }],
  ['a time of half a minute ago', { iat: now() - 30 }],
  ['a time that is half a minute ahead', { iat: now() + 30 }],
])('%s is accepted', async (_, claims) => {
  const { getWithToken } = await startWith({ claims });
  expect((await getWithToken('/current_time')).status).toBe(200);
});

test.each([
  [-60, 200],
  [60, 200],
  [-61, 502],
  [61, 502],
])('an answer of %i seconds from now is %i', async (seconds, status) => {
  const start = 1_800_000_000;
  const { getWithToken } = await startWith(
    { claims: { iat: start + seconds } },
    { clock: () => start * 1000 },
  );
  expect((await getWithToken('/current_time')).status).toBe(status);
});

test('an answer whose exp has passed by our own clock is 502', async () => {
  const start = 1_800_000_000;
  const claims = { iat: start, exp: start - 1 };
  const { getWithToken } = await startWith({ claims }, { clock: () => start * 1000 });
  await expectOutage(await getWithToken('/current_time'), [502]);
});

test.each(['application/token-introspection+jwt; charset=utf-8', 'Application/Token-Introspection+JWT'])(
  'the content type may be written %s',
  async (contentType) => {
    const introspect = async (issuer: string) => jwt(await signedAnswer(issuer, key), contentType);
    const { getWithToken } = await startWithIssuer(introspect, jwks(key));
    expect((await getWithToken('/current_time')).status).toBe(200);
  },
);

test('the audience must be our own client id', async () => {
  const environment = { RESOURCE_SERVER_CLIENT_ID: 'time-api' };
  const ours = await startWith({ claims: { aud: 'time-api' } }, { environment });
  expect((await ours.getWithToken('/current_time')).status).toBe(200);
  const anothers = await startWith({}, { environment });
  await expectOutage(await anothers.getWithToken('/current_time'), [502]);
});

describe('502, and never the time nor a refusal, for', () => {
  test.each<[what: string, faults: Parameters<typeof signedAnswer>[2]]>([
    ['the type of an access token', { header: { typ: 'at+jwt' } }],
    ['the type JWT', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['no issuer', { claims: { iss: undefined as unknown as string } }],
    ['another audience', { claims: { aud: 'another-resource-server' } }],
    ['the audience of the token', { claims: { aud: 'https://time.example' } }],
    ['no audience', { claims: { aud: undefined as unknown as string } }],
    ['a time long ago', { claims: { iat: now() - 75 } }],
    ['a time far off', { claims: { iat: now() + 75 } }],
    ['no time', { claims: { iat: undefined as unknown as number } }],
    ['an end that is past', { claims: { exp: now() - 1 } }],
    ['no introspection', { claims: { token_introspection: undefined, active: true, sub: 'alice' } }],
    ['an introspection that is text', { claims: { token_introspection: JSON.stringify(tokenOf()) } }],
    ['an introspection of another shape', { claims: { token_introspection: { active: 'true' } } }],
  ])('an answer with %s', async (_, faults) => {
    const { getWithToken, lines } = await startWith(faults);
    await expectOutage(await getWithToken('/current_time', 'secret-token'), [502]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'upstream.failed',
        upstream: 'auth server',
        kind: 'invalid_response',
      }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/secret-token|asdfgh/);
  });

  test.each<[what: string, answer: (issuer: string) => Answer | Promise<Answer>]>([
    ['a plain answer', () => json(tokenOf())],
    ['a plain answer that the token is inactive', () => json({ active: false })],
    ['a plain answer that calls itself signed', () => jwt(JSON.stringify(tokenOf()))],
    ['a signed answer that calls itself JSON', (issuer) => signedAs(issuer, 'application/json')],
    ['a signed answer that calls itself any JWT', (issuer) => signedAs(issuer, 'application/jwt')],
    ['a signed answer that does not say what it is', (issuer) => signedAs(issuer, '')],
    ['nothing', () => jwt('')],
    ['an answer without a signature', async (issuer) => jwt(await unsigned(issuer))],
    ['an answer whose claims were changed', async (issuer) => jwt(await changed(issuer))],
    ['an answer signed with another key of the same kid', async (issuer) => jwt(await forged(issuer))],
    ['an answer signed with a shared secret', async (issuer) => jwt(await symmetric(issuer))],
    ['an error', () => json({ error: 'invalid_request' }, 400)],
  ])('%s', async (_, answer) => {
    const { getWithToken } = await startWithIssuer(answer, jwks(key));
    await expectOutage(await getWithToken('/current_time'), [502]);
  });

  async function signedAs(issuer: string, contentType: string) {
    return jwt(await signedAnswer(issuer, key), contentType);
  }

  async function unsigned(issuer: string) {
    const [, claims] = (await signedAnswer(issuer, key)).split('.');
    const header = Buffer.from('{"alg":"none","typ":"token-introspection+jwt"}').toString('base64url');
    return `${header}.${claims}.`;
  }

  async function changed(issuer: string) {
    const claims = { token_introspection: { active: false } };
    const [header, , signature] = (await signedAnswer(issuer, key, { claims })).split('.');
    const [, good] = (await signedAnswer(issuer, key)).split('.');
    return `${header}.${good}.${signature}`;
  }

  async function forged(issuer: string) {
    return signedAnswer(issuer, await issuerKey('first'));
  }

  function symmetric(issuer: string) {
    const token_introspection = tokenOf();
    return new SignJWT({ iss: issuer, aud: 'resource-server', iat: now(), token_introspection })
      .setProtectedHeader({ alg: 'HS256', typ: 'token-introspection+jwt' })
      .sign(Buffer.from('asdfgh'));
  }
});
