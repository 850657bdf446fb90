/** JWTs of workloads over several replicas: each is good once, and no connection waits for the keys of an issuer. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from 'shared/test/serve.ts';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { emptyDatabase } from '../stores/empty-database.ts';
import { batch, batchRegistration } from '../support/auth-server.ts';
import { JWT, TOKEN_EXCHANGE } from '../support/chain.ts';
import {
  CI,
  confidential,
  deployer,
  deployments,
  JWT_BEARER,
  makeCi,
  startWithWorkload,
} from '../support/workloads.ts';
import { createDatabase } from './support/server.ts';

const ISSUER = 'http://issuer.example';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));

const settings = () => ({
  DATABASE_URL: url,
  SEALING_KEYS: randomBytes(32).toString('base64'),
  USER_DIRECTORY: 'accept-anyone',
  ISSUER,
});

test.each(['by the grant for JWTs', 'in exchange'])(
  'one JWT that ten present to two replicas at once gets one token, %s',
  async (how) => {
    const ci = await makeCi();
    const shared = {
      ci,
      settings: settings(),
      client: { grant_types: [JWT_BEARER, TOKEN_EXCHANGE] },
      api: { exchange: [{ from: CI, clients: [deployer.id], scopes: ['deploy:start'] }] },
    };
    const servers = [await startWithWorkload(shared), await startWithWorkload(shared)] as const;
    for (let round = 0; round < 3; round += 1) {
      const jwt = await ci.jwt(ISSUER);
      const form =
        how === 'in exchange'
          ? { grant_type: TOKEN_EXCHANGE, subject_token: jwt, subject_token_type: JWT, resource: deployments }
          : { grant_type: JWT_BEARER, assertion: jwt };
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, nth) =>
          servers[nth % 2 === 0 ? 0 : 1].post('/token', { ...form, client_id: deployer.id }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
      // Whichever has issued the token.
      expect((await servers[0].present(jwt)).status).toBe(400);
      expect((await servers[1].present(jwt)).status).toBe(400);
    }
  },
  60_000,
);

test.each([deployer, confidential])(
  'with a pool of one connection, others are answered while the keys of an issuer are fetched: $id',
  async (by) => {
    const ci = await makeCi();
    const host = await serve(async (_request, response) => {
      await sleep(1_000);
      response.end(JSON.stringify(ci.jwks));
    });
    const { present, requestClientToken } = await startWithWorkload({
      ci,
      identity: { jwks: undefined, jwks_uri: host },
      settings: { ...settings(), DATABASE_CONNECTIONS: '1' },
      clients: [batchRegistration],
      api: { access_token_format: 'opaque' },
    });
    const waiting = ci.jwt(ISSUER).then((jwt) => present(jwt, {}, by));
    await sleep(200);
    const begun = performance.now();
    expect((await requestClientToken({}, batch)).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(700);
    expect((await waiting).status).toBe(200);
  },
  30_000,
);
