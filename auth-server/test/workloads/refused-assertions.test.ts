/** JWTs that the JWT bearer grant refuses (RFC 7523 §3, §3.1): none of them gets a token, and none is used up. */
import { type CryptoKey, exportSPKI, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { batch, batchRegistration, expectRefusal } from '../support/auth-server.ts';
import { type Parameters, tokensOf } from '../support/code-flow.ts';
import { makeProver } from '../support/prover.ts';
import {
  type Changes,
  CI,
  confidential,
  deployer,
  JOB,
  JWT_BEARER,
  makeCi,
  startWithWorkload,
  workloadClient,
} from '../support/workloads.ts';

const now = () => Math.floor(Date.now() / 1_000);
const HOUR = 3_600;

describe('a JWT is invalid_grant', () => {
  test.each<[what: string, claims: () => Changes]>([
    ['without an issuer', () => ({ iss: undefined })],
    ['of another issuer', () => ({ iss: 'https://other.example.com' })],
    ['whose issuer differs by a slash', () => ({ iss: `${CI}/` })],
    ['whose issuer differs in case', () => ({ iss: CI.toUpperCase() })],
    ['without a subject', () => ({ sub: undefined })],
    ['of another subject', () => ({ sub: 'project:shop:branch:feature' })],
    ['whose subject begins like the registered one', () => ({ sub: `${JOB}:x` })],
    ['whose subject differs in case', () => ({ sub: JOB.toUpperCase() })],
    ['whose subject is no text', () => ({ sub: [JOB] })],
    ['without an audience', () => ({ aud: undefined })],
    ['for another server', () => ({ aud: 'https://other.example.com' })],
    ['for others only', () => ({ aud: ['https://other.example.com', CI] })],
    ['for an empty list', () => ({ aud: [] })],
    ['for another endpoint', () => ({ aud: `${CI}/token` })],
    ['without `exp`', () => ({ exp: undefined })],
    ['whose `exp` is no number', () => ({ exp: String(now() + 60) })],
    ['that has just expired', () => ({ exp: now() - 1 })],
    ['that expired long ago', () => ({ exp: now() - HOUR })],
    ['that is valid for more than a day', () => ({ exp: now() + 25 * HOUR })],
    ['that is valid for ever', () => ({ exp: Number.MAX_VALUE })],
    ['that lets somebody else act', () => ({ may_act: { sub: 'another' } })],
    ['that is not valid yet', () => ({ nbf: now() + 60 })],
    ['whose `nbf` is no number', () => ({ nbf: '0' })],
    ['of the future', () => ({ iat: now() + 60 })],
    ['whose `iat` is no number', () => ({ iat: 'now' })],
    ['whose `jti` is no text', () => ({ jti: 17 })],
    ['whose `jti` is empty', () => ({ jti: '' })],
    ['that is huge', () => ({ padding: 'a'.repeat(8_192) })],
  ])('%s', async (_what, claims) => {
    const { present, jwt } = await startWithWorkload();
    await expectRefusal(await present(await jwt(claims())), 400, 'invalid_grant');
  });

  test.each(['at+jwt', 'application/at+jwt', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', 'JOSE', '', 17])(
    'that says it is something else, by the typ %j',
    async (typ) => {
      const { present, jwt } = await startWithWorkload();
      await expectRefusal(await present(await jwt({}, { typ })), 400, 'invalid_grant');
    },
  );

  test.each(['abc', 'a.b.c', '..', 'e30.e30.', 'bnVsbA.bnVsbA.bnVsbA', '{}', 'ü.ü.ü', 'e30.e30.e30.e30.e30'])(
    'that is none: %s',
    async (assertion) => {
      const { present } = await startWithWorkload();
      await expectRefusal(await present(assertion), 400, 'invalid_grant');
    },
  );

  test('that an algorithm has signed which is not taken', async () => {
    const ci = await makeCi({ alg: 'RS384' });
    const { alg: _none, ...publicJwk } = ci.publicJwk;
    const { present, jwt } = await startWithWorkload({ ci, identity: { jwks: { keys: [publicJwk] } } });
    const response = await present(await jwt());
    expect(await response.clone().json()).toMatchObject({
      error_description: 'assertion is signed by an algorithm that is not taken',
    });
    await expectRefusal(response, 400, 'invalid_grant');
  });
});

/** The claims of a good JWT. */
function goodClaims(aud: string): JWTPayload {
  return { iss: CI, sub: JOB, aud, exp: now() + 60, jti: crypto.randomUUID() };
}

describe('a forged JWT is invalid_grant', () => {
  test('that nobody signed', async () => {
    const { issuer, present } = await startWithWorkload();
    await expectRefusal(await present(new UnsecuredJWT(goodClaims(issuer)).encode()), 400, 'invalid_grant');
  });

  test.each(['none', 'None', 'nOnE'])('that nobody signed, with the alg %s and a signature', async (alg) => {
    const { present, jwt } = await startWithWorkload();
    const [, claims, signature] = (await jwt()).split('.');
    const header = btoa(JSON.stringify({ alg, kid: 'ci-key' })).replaceAll('=', '');
    for (const forged of [`${header}.${claims}.`, `${header}.${claims}.${signature}`])
      await expectRefusal(await present(forged), 400, 'invalid_grant');
  });

  test.each(['HS256', 'HS384', 'HS512'])(
    'that is signed by %s with the public key as the secret',
    async (alg) => {
      const { issuer, ci, present } = await startWithWorkload();
      const publicKey = await importJWK(ci.publicJwk, 'RS256', { extractable: true });
      for (const secret of [await exportSPKI(publicKey as CryptoKey), JSON.stringify(ci.publicJwk)]) {
        const forged = await new SignJWT(goodClaims(issuer))
          .setProtectedHeader({ alg, kid: 'ci-key' })
          .sign(new TextEncoder().encode(secret));
        await expectRefusal(await present(forged), 400, 'invalid_grant');
      }
    },
  );

  test('that another key has signed, under the name of the right one', async () => {
    const { issuer, present } = await startWithWorkload();
    const forger = await makeCi();
    await expectRefusal(await present(await forger.jwt(issuer)), 400, 'invalid_grant');
  });

  test.each<[what: string, header: (forger: Awaited<ReturnType<typeof makeCi>>) => Changes]>([
    ['`jwk`', ({ publicJwk }) => ({ jwk: publicJwk })],
    ['`jku`', () => ({ jku: 'https://forger.example.com/keys' })],
    ['`x5u`', () => ({ x5u: 'https://forger.example.com/certificate' })],
    ['`x5c`', () => ({ x5c: ['MIIB'] })],
  ])('that brings its key in its own header, in %s', async (_what, header) => {
    const { issuer, present } = await startWithWorkload();
    const forger = await makeCi();
    for (const kid of ['ci-key', undefined]) {
      const forged = await forger.jwt(issuer, {}, { ...header(forger), kid });
      await expectRefusal(await present(forged), 400, 'invalid_grant');
    }
  });

  test('that a key of another issuer of the same client has signed, though both keys have one name', async () => {
    const other = await makeCi({ issuer: 'https://other.example.com', subject: 'job' });
    const ci = await makeCi();
    const { issuer, present } = await startWithWorkload({
      ci,
      client: {
        workload_identities: [
          { issuer: CI, subject: JOB, jwks: ci.jwks },
          { issuer: other.issuer, subject: other.subject, jwks: other.jwks },
        ],
      },
    });
    const forged = await other.jwt(issuer, { iss: CI, sub: JOB });
    await expectRefusal(await present(forged), 400, 'invalid_grant');
    // Nor does the subject of one issuer count at the other.
    await expectRefusal(await present(await other.jwt(issuer, { sub: JOB })), 400, 'invalid_grant');
    expect((await present(await other.jwt(issuer))).status).toBe(200);
  });

  test('that names a key of the issuer which did not sign it', async () => {
    const [one, two] = [await makeCi({ kid: 'one' }), await makeCi({ kid: 'two' })];
    const jwks = { keys: [one.publicJwk, two.publicJwk] };
    const { issuer, present } = await startWithWorkload({ identity: { jwks } });
    await expectRefusal(await present(await one.jwt(issuer, {}, { kid: 'two' })), 400, 'invalid_grant');
    expect((await present(await two.jwt(issuer))).status).toBe(200);
    expect((await present(await two.jwt(issuer, {}, { kid: undefined }))).status).toBe(200);
  });

  test('whose claims or signature were changed on the way', async () => {
    const { present, jwt } = await startWithWorkload();
    const [header, claims = '', signature] = (await jwt()).split('.');
    const later = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...later, exp: later.exp + 60 })).toString('base64url');
    for (const forged of [
      `${header}.${changed}.${signature}`,
      `${header}.${claims}.AAAA`,
      `${header}.${claims}.`,
    ])
      await expectRefusal(await present(forged), 400, 'invalid_grant');
  });

  test('that asks for an extension which changes what is signed', async () => {
    const { issuer, ci, present } = await startWithWorkload();
    const forged = await ci.jwt(issuer, {}, { crit: ['b64'], b64: true });
    await expectRefusal(await present(forged), 400, 'invalid_grant');
  });

  test('that this server has issued as an access token', async () => {
    const { present, jwt } = await startWithWorkload();
    const { access_token } = await tokensOf(await present(await jwt()));
    await expectRefusal(await present(access_token), 400, 'invalid_grant');
  });

  test('and the caller is not told whether issuer, subject or signature is wrong', async () => {
    const { issuer, lines, present, jwt } = await startWithWorkload();
    const forger = await makeCi();
    const bad = [
      await jwt({ iss: 'https://other.example.com' }),
      await jwt({ sub: 'another' }),
      await forger.jwt(issuer),
    ];
    const told = await Promise.all(bad.map(async (one) => (await present(one)).text()));
    expect(new Set(told).size).toBe(1);
    const logged = lines.filter(({ event }) => event === 'token.refused');
    expect(logged.map(({ error_detail }) => error_detail).sort()).toEqual([
      expect.stringMatching(/^identity: .*another/),
      expect.stringMatching(/^identity: .*other\.example/),
      expect.stringMatching(/^signature: /),
    ]);
  });
});

describe('a JWT is good once', () => {
  test.each<[what: string, claims: Changes]>([
    ['by its `jti`', {}],
    ['even without a `jti`', { jti: undefined }],
  ])('%s', async (_what, claims) => {
    const { present, jwt } = await startWithWorkload();
    const assertion = await jwt(claims);
    expect((await present(assertion)).status).toBe(200);
    const again = await present(assertion);
    expect(await again.clone().json()).toMatchObject({
      error_description: 'assertion was used before, and is good once',
    });
    await expectRefusal(again, 400, 'invalid_grant');
  });

  test('whoever presents it, at whichever client', async () => {
    const { present, jwt } = await startWithWorkload();
    const assertion = await jwt();
    expect((await present(assertion)).status).toBe(200);
    await expectRefusal(await present(assertion, {}, confidential), 400, 'invalid_grant');
  });

  test('of ten requests at once', async () => {
    const { present, jwt } = await startWithWorkload();
    const assertion = await jwt();
    const answers = await Promise.all(Array.from({ length: 10 }, () => present(assertion)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
  });

  test('and a `jti` counts for its own issuer only', async () => {
    const other = await makeCi({ issuer: 'https://other.example.com', subject: 'job' });
    const identity = { issuer: other.issuer, subject: other.subject, jwks: other.jwks };
    const { issuer, present, jwt } = await startWithWorkload({
      clients: [workloadClient('other', [identity])],
    });
    expect((await present(await jwt({ jti: 'one' }))).status).toBe(200);
    expect((await present(await other.jwt(issuer, { jti: 'one' }), {}, { id: 'other' })).status).toBe(200);
  });

  test('unless it is registered as reusable: then until it expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const { present, jwt } = await startWithWorkload({ identity: { reusable: true } });
      const assertion = await jwt({ exp: now() + 60 });
      for (let times = 0; times < 3; times += 1) expect((await present(assertion)).status).toBe(200);
      vi.setSystemTime(Date.now() + 60_000);
      await expectRefusal(await present(assertion), 400, 'invalid_grant');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a request is refused, and the JWT is not used up:', () => {
  test.each<[error: string, what: string, form: Parameters]>([
    ['invalid_scope', 'a scope that there is not', { scope: 'nothing' }],
    ['invalid_scope', 'a scope that the client is not registered for', { scope: 'epoch_time' }],
    ['invalid_scope', 'a scope of OpenID Connect', { scope: 'openid deploy:start' }],
    ['invalid_target', 'an API that there is not', { resource: 'https://nowhere.example.com' }],
    [
      'invalid_target',
      'several APIs',
      { resource: ['https://deployments.example.com', 'http://localhost:5002'] },
    ],
    ['invalid_request', 'a parameter that comes twice', { scope: ['deploy:start', 'deploy:start'] }],
  ])('%s for %s', async (error, _what, form) => {
    const { present, jwt } = await startWithWorkload();
    const assertion = await jwt();
    await expectRefusal(await present(assertion, form), 400, error);
    expect((await present(assertion)).status).toBe(200);
  });

  test('invalid_request for two assertions', async () => {
    const { present, jwt } = await startWithWorkload();
    const both = [await jwt(), await jwt()];
    await expectRefusal(await present(both), 400, 'invalid_request');
    expect((await present(both[0] as string)).status).toBe(200);
  });

  test('invalid_request without an assertion', async () => {
    const { post } = await startWithWorkload();
    const form = { grant_type: JWT_BEARER, client_id: deployer.id };
    await expectRefusal(await post('/token', form), 400, 'invalid_request');
  });

  test("invalid_grant for a JWT of another client's workload", async () => {
    const other = await makeCi({ issuer: 'https://other.example.com', subject: 'job' });
    const identity = { issuer: other.issuer, subject: other.subject, jwks: other.jwks };
    const { present, jwt } = await startWithWorkload({
      clients: [workloadClient('other', [identity])],
    });
    const assertion = await jwt();
    await expectRefusal(await present(assertion, {}, { id: 'other' }), 400, 'invalid_grant');
    expect((await present(assertion)).status).toBe(200);
  });

  test('unauthorized_client for a client that is not registered for the grant', async () => {
    const { present, jwt } = await startWithWorkload({ clients: [batchRegistration] });
    const assertion = await jwt();
    await expectRefusal(await present(assertion, {}, batch), 400, 'unauthorized_client');
    expect((await present(assertion)).status).toBe(200);
  });

  test('invalid_client for a client that there is not', async () => {
    const { present, jwt } = await startWithWorkload();
    await expectRefusal(await present(await jwt(), {}, { id: 'nobody' }), 401, 'invalid_client');
  });

  test('invalid_dpop_proof for a proof that is not good, or was used before', async () => {
    const { issuer, present, jwt } = await startWithWorkload();
    const { prove } = await makeProver();
    const assertion = await jwt();
    const elsewhere = await prove(`${issuer}/introspect`);
    await expectRefusal(await present(assertion, {}, deployer, elsewhere), 400, 'invalid_dpop_proof');
    const proof = await prove(`${issuer}/token`);
    expect((await present(await jwt(), {}, deployer, proof)).status).toBe(200);
    await expectRefusal(await present(assertion, {}, deployer, proof), 400, 'invalid_dpop_proof');
    expect((await present(assertion)).status).toBe(200);
  });

  test('invalid_grant for a JWT that was used, and the proof beside it is not used up', async () => {
    const { issuer, present, jwt } = await startWithWorkload();
    const { prove } = await makeProver();
    const used = await jwt();
    expect((await present(used)).status).toBe(200);
    const proof = await prove(`${issuer}/token`);
    await expectRefusal(await present(used, {}, deployer, proof), 400, 'invalid_grant');
    expect((await present(await jwt(), {}, deployer, proof)).status).toBe(200);
  });

  test('invalid_grant without a proof, for a client whose tokens must be bound', async () => {
    const { issuer, present, jwt } = await startWithWorkload({ client: { dpop_bound_access_tokens: true } });
    const assertion = await jwt();
    await expectRefusal(await present(assertion), 400, 'invalid_grant');
    const { prove } = await makeProver();
    expect((await present(assertion, {}, deployer, await prove(`${issuer}/token`))).status).toBe(200);
  });
});

test('what is refused is logged by its error, without the JWT', async () => {
  const { lines, present, jwt } = await startWithWorkload();
  const assertion = await jwt({ exp: now() - 60 });
  await present(assertion);
  expect(lines.findLast(({ event }) => event === 'token.refused')).toMatchObject({
    error: 'invalid_grant',
    error_description: 'assertion has expired',
    error_detail: 'expired',
    clientId: deployer.id,
  });
  for (const part of assertion.split('.')) expect(JSON.stringify(lines)).not.toContain(part);
});
