/** A JWT of another issuer as the subject token of an exchange (RFC 8693 §3): a workload gets a token of its client. */
import { decodeJwt } from 'jose';
import { serve } from 'shared/test/serve.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { expectRefusal } from '../support/auth-server.ts';
import { ACCESS_TOKEN, JWT, TOKEN_EXCHANGE } from '../support/chain.ts';
import { type Parameters, postAs, tokensOf } from '../support/code-flow.ts';
import { makeProver } from '../support/prover.ts';
import {
  type Changes,
  CI,
  confidential,
  deployer,
  deployments,
  JOB,
  JWT_BEARER,
  makeCi,
  startWithWorkload,
  type WorkloadOptions,
} from '../support/workloads.ts';

/** The API takes the JWTs of the platform from both clients. */
const exchange = [{ from: CI, clients: [deployer.id, confidential.id], scopes: ['deploy:start'] }];
const client = { grant_types: [TOKEN_EXCHANGE, JWT_BEARER, 'client_credentials'] };

/** Starts an issuer, and exchanges its workload's JWTs. */
async function start(options: WorkloadOptions = {}) {
  const server = await startWithWorkload({
    ...options,
    client: { ...client, ...options.client },
    api: { exchange, ...options.api },
  });
  const swap = (
    jwt: string | string[],
    form: Parameters = {},
    by: { id: string; secret?: string } = deployer,
    proof?: string,
  ) => {
    const subject = { subject_token: jwt, subject_token_type: JWT };
    const parameters = { grant_type: TOKEN_EXCHANGE, ...subject, resource: deployments, ...form };
    return postAs(server, by, '/token', parameters, proof);
  };
  return { ...server, swap };
}

describe.each(['on', 'off'])('with FAST_PATH=%s', (FAST_PATH) => {
  test.each([deployer, confidential])(
    'a JWT is exchanged for a token of the client, and nobody acts for anybody: $id',
    async (by) => {
      const { issuer, introspect, swap, jwt } = await start({ settings: { FAST_PATH } });
      const body = await tokensOf(await swap(await jwt(), {}, by));
      expect(body).toEqual({
        access_token: expect.any(String),
        issued_token_type: ACCESS_TOKEN,
        token_type: 'Bearer',
        expires_in: 60,
        scope: 'deploy:start',
      });
      const claims = decodeJwt(body.access_token);
      expect(claims).toEqual({
        iss: issuer,
        aud: deployments,
        sub: by.id,
        client_id: by.id,
        scope: 'deploy:start',
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: (claims.iat ?? 0) + 60,
      });
      expect(await (await introspect(body.access_token, confidential)).json()).toMatchObject({
        active: true,
      });
    },
  );
});

test('the API may be named by `audience` or by the scope, too', async () => {
  const { swap, jwt } = await start();
  for (const form of [{ audience: deployments }, { scope: 'deploy:start' }])
    expect((await swap(await jwt(), { resource: undefined, ...form })).status).toBe(200);
});

test('the token ends with the JWT, where that is sooner', async () => {
  const { swap, jwt } = await start();
  const exp = Math.floor(Date.now() / 1_000) + 20;
  const { access_token } = await tokensOf(await swap(await jwt({ exp })));
  expect(decodeJwt(access_token).exp).toBe(exp);
});

test('the token is bound to the key of a DPoP proof', async () => {
  const { issuer, swap, jwt } = await start();
  const { jkt, prove } = await makeProver();
  const response = await swap(await jwt(), {}, deployer, await prove(`${issuer}/token`));
  const { access_token, token_type } = await tokensOf(response);
  expect(token_type).toBe('DPoP');
  expect(decodeJwt(access_token)).toMatchObject({ cnf: { jkt } });
});

describe('a subject token of another issuer is invalid_request', () => {
  test.each<[what: string, claims: Changes, header?: Changes]>([
    ['of an issuer that the client does not trust', { iss: 'https://other.example.com' }],
    ['of another workload', { sub: 'project:shop:branch:feature' }],
    ['that is for somebody else', { aud: 'https://other.example.com' }],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 60 }],
    ['that does not expire', { exp: undefined }],
    ['that says it is an access token', {}, { typ: 'at+jwt' }],
    ['that lets somebody else act', { may_act: { sub: 'another' } }],
    ['that lets nobody act', { may_act: {} }],
  ])('%s', async (_what, claims, header) => {
    const { swap, jwt } = await start();
    await expectRefusal(await swap(await jwt(claims, header)), 400, 'invalid_request');
  });

  test('that is none, or that another key has signed', async () => {
    const { issuer, swap } = await start();
    const forger = await makeCi();
    for (const forged of ['abc', await forger.jwt(issuer)])
      await expectRefusal(await swap(forged), 400, 'invalid_request');
  });

  test('that was used before, by an exchange or by the grant for JWTs', async () => {
    const { present, swap, jwt } = await start();
    const [one, two, three] = [await jwt(), await jwt(), await jwt()];
    expect((await swap(one)).status).toBe(200);
    await expectRefusal(await swap(one), 400, 'invalid_request');
    expect((await present(two)).status).toBe(200);
    await expectRefusal(await swap(two), 400, 'invalid_request');
    expect((await swap(three)).status).toBe(200);
    await expectRefusal(await present(three), 400, 'invalid_grant');
  });

  test('of a platform that the client trusts, called an access token', async () => {
    const { swap, jwt } = await start();
    const form = { subject_token_type: ACCESS_TOKEN };
    await expectRefusal(await swap(await jwt(), form, confidential), 400, 'invalid_request');
  });
});

test('`may_act` that names the client lets it act', async () => {
  const { swap, jwt } = await start();
  expect((await swap(await jwt({ may_act: { sub: deployer.id } }))).status).toBe(200);
});

describe('an exchange for a workload is refused, and the JWT is not used up:', () => {
  test.each<[error: string, what: string, form: Parameters]>([
    ['invalid_request', 'an actor token', { actor_token: 'abc', actor_token_type: ACCESS_TOKEN }],
    ['invalid_request', 'an actor that is a JWT, too', { actor_token: 'abc', actor_token_type: JWT }],
    ['invalid_request', 'a refresh token', { requested_token_type: `${ACCESS_TOKEN}x` }],
    ['invalid_scope', 'a scope that the entry leaves out', { scope: 'deploy:stop' }],
    ['invalid_scope', 'a scope that there is not', { scope: 'nothing' }],
    ['invalid_target', 'an API that there is not', { resource: 'https://nowhere.example.com' }],
    ['invalid_target', 'an API without entries', { resource: 'http://localhost:5002' }],
  ])('%s for %s', async (error, _what, form) => {
    const { swap, jwt } = await start();
    const token = await jwt();
    await expectRefusal(await swap(token, form), 400, error);
    expect((await swap(token)).status).toBe(200);
  });

  test('invalid_request for two subject tokens', async () => {
    const { swap, jwt } = await start();
    await expectRefusal(await swap([await jwt(), await jwt()]), 400, 'invalid_request');
  });

  test('invalid_scope for a scope that the client is not registered for', async () => {
    const { swap, jwt } = await start({ client: { scope: 'deploy:stop' } });
    await expectRefusal(await swap(await jwt()), 400, 'invalid_scope');
  });

  test('invalid_target at an API that takes tokens from elsewhere only', async () => {
    const elsewhere = [{ ...exchange[0], from: 'https://other.example.com' }];
    const { swap, jwt } = await start({ api: { exchange: elsewhere } });
    await expectRefusal(await swap(await jwt()), 400, 'invalid_target');
  });

  test('unauthorized_client for a client that no entry names, whether or not the JWT is good', async () => {
    const { issuer, swap, jwt } = await start({
      api: { exchange: [{ ...exchange[0], clients: ['deployer'] }] },
    });
    const forged = await (await makeCi()).jwt(issuer);
    const told = [await jwt(), forged, 'abc'].map((one) => swap(one, {}, confidential));
    for (const response of await Promise.all(told)) await expectRefusal(response, 400, 'unauthorized_client');
  });

  test('unauthorized_client for a client that is not registered for exchanges', async () => {
    const { swap, jwt } = await start({ client: { grant_types: [JWT_BEARER] } });
    await expectRefusal(await swap(await jwt()), 400, 'unauthorized_client');
  });

  test('503 while the keys of the platform cannot be had', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const ci = await makeCi();
    let isDown = true;
    const host = await serve((_request, response) => {
      response.statusCode = isDown ? 503 : 200;
      response.end(JSON.stringify(ci.jwks));
    });
    const { swap, jwt, lines } = await start({ ci, identity: { jwks: undefined, jwks_uri: host } });
    const token = await jwt();
    await expectRefusal(await swap(token), 503, 'temporarily_unavailable');
    expect(lines.filter(({ event }) => event === 'token.refused')).toEqual([]);
    isDown = false;
    vi.setSystemTime(Date.now() + 2_000);
    expect((await swap(token)).status).toBe(200);
  });
});

test('the token cannot be exchanged in turn, since there is no user to act for', async () => {
  const { swap, jwt } = await start();
  const { access_token } = await tokensOf(await swap(await jwt()));
  const form = { subject_token: access_token, subject_token_type: ACCESS_TOKEN };
  await expectRefusal(await swap('', form, confidential), 400, 'invalid_request');
});

test('the log says which workload a JWT was exchanged for', async () => {
  const { lines, swap, jwt } = await start();
  const token = await jwt();
  await swap(token);
  expect(lines.findLast(({ event }) => event === 'token.issued')).toMatchObject({
    grant_type: TOKEN_EXCHANGE,
    clientId: deployer.id,
    workload: { issuer: CI, subject: JOB },
  });
  expect(JSON.stringify(lines)).not.toContain(token.split('.')[2]);
});

test('the audit log says which workload got a token of which client in exchange, from where to where', async () => {
  const audit = memoryAudit();
  const { present, swap, jwt } = await start({ audit });
  await present(await jwt());
  await swap(await jwt());
  const records = await audit.list(undefined, 100);
  expect(records.filter(({ action }) => action === 'token_exchanged')).toMatchObject([
    {
      actor: { client: deployer.id },
      subject: `client:${deployer.id}`,
      details: { from: CI, to: deployments, scopes: ['deploy:start'], workload: JOB },
    },
  ]);
});
