/** DPoP (RFC 9449) in token exchange, and in the password grant: tokens are bound to a key, and stay bound to it. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import { apiClient, app, at, type Chain, startChain } from '../support/chain.ts';
import { postAs, tokensOf } from '../support/code-flow.ts';
import { makeProver } from '../support/prover.ts';

const orders = apiClient('orders');
const toStock = { resource: at('stock') };
const passwordForm = {
  grant_type: 'password',
  username: 'alice',
  password: 'wonderland',
  resource: at('orders'),
  scope: 'orders:read',
};

async function boundToken(chain: Chain, proof: string): Promise<string> {
  return (await tokensOf(await postAs(chain, app, '/token', passwordForm, proof))).access_token;
}

describe('the password grant', () => {
  test('binds its token to the key of a proof', async () => {
    const chain = await startChain();
    const { jkt, prove } = await makeProver();
    const response = await postAs(chain, app, '/token', passwordForm, await prove(`${chain.issuer}/token`));
    const { access_token, token_type } = await tokensOf(response);
    expect(token_type).toBe('DPoP');
    expect(decodeJwt(access_token)).toMatchObject({ sub: 'alice', cnf: { jkt } });
  });

  test('refuses a client that needs bound tokens and sends no proof', async () => {
    const chain = await startChain({ clients: { [app.id]: { dpop_bound_access_tokens: true } } });
    await expectRefusal(await postAs(chain, app, '/token', passwordForm), 400, 'invalid_grant');
  });
});

describe.each([
  ['the password grant', async () => ({ by: app, form: passwordForm })],
  [
    'token exchange',
    async (chain: Chain) => ({
      by: orders,
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await chain.first(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        ...toStock,
      },
    }),
  ],
])('%s', (_what, request) => {
  test.each<[what: string, htu: (issuer: string) => string, htm: string, claims: object]>([
    ['of another endpoint', (issuer) => `${issuer}/introspect`, 'POST', {}],
    ['of another issuer', () => 'https://issuer.example/token', 'POST', {}],
    ['of another method', (issuer) => `${issuer}/token`, 'GET', {}],
    ['of long ago', (issuer) => `${issuer}/token`, 'POST', { iat: Math.floor(Date.now() / 1_000) - 120 }],
    ['of the future', (issuer) => `${issuer}/token`, 'POST', { iat: Math.floor(Date.now() / 1_000) + 120 }],
    ['without an id', (issuer) => `${issuer}/token`, 'POST', { jti: undefined }],
    ['with a huge id', (issuer) => `${issuer}/token`, 'POST', { jti: 'a'.repeat(1_000) }],
  ])('refuses a proof %s', async (_what, htu, htm, claims) => {
    const chain = await startChain();
    const { prove } = await makeProver();
    const { by, form } = await request(chain);
    const proof = await prove(htu(chain.issuer), htm, claims);
    await expectRefusal(await postAs(chain, by, '/token', form, proof), 400, 'invalid_dpop_proof');
    expect((await postAs(chain, by, '/token', form)).status).toBe(200);
  });

  test.each(['', 'abc', 'a.b.c'])('refuses what is no proof: "%s"', async (proof) => {
    const chain = await startChain();
    const { by, form } = await request(chain);
    const response = await postAs(chain, by, '/token', form, proof);
    if (proof === '') expect(response.status).toBe(200);
    else await expectRefusal(response, 400, 'invalid_dpop_proof');
  });

  test('takes a proof once, even of ten requests at once', async () => {
    const chain = await startChain();
    const { prove } = await makeProver();
    const { by, form } = await request(chain);
    const proof = await prove(`${chain.issuer}/token`);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postAs(chain, by, '/token', form, proof)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
  });

  test('does not use up a proof of a request that it refuses', async () => {
    const chain = await startChain();
    const { prove } = await makeProver();
    const { by, form } = await request(chain);
    const proof = await prove(`${chain.issuer}/token`);
    expect((await postAs(chain, by, '/token', { ...form, scope: 'nothing' }, proof)).status).toBe(400);
    expect((await postAs(chain, by, '/token', form, proof)).status).toBe(200);
  });
});

describe('a subject token that is bound to a key', () => {
  test('is exchanged for one that is bound to the same key, by who proves the key', async () => {
    const chain = await startChain();
    const { jkt, prove } = await makeProver();
    const token = await boundToken(chain, await prove(`${chain.issuer}/token`));
    const response = await chain.exchange(token, orders, toStock, await prove(`${chain.issuer}/token`));
    const { access_token, token_type } = await tokensOf(response);
    expect(token_type).toBe('DPoP');
    expect(decodeJwt(access_token)).toMatchObject({ cnf: { jkt }, act: { sub: orders.id } });
    expect(await chain.seenBy('stock', access_token)).toMatchObject({ cnf: { jkt }, token_type: 'DPoP' });
  });

  test('is invalid_request without a proof, and with the proof of another key', async () => {
    const chain = await startChain();
    const [owner, thief] = [await makeProver(), await makeProver()];
    const token = await boundToken(chain, await owner.prove(`${chain.issuer}/token`));
    for (const proof of [undefined, await thief.prove(`${chain.issuer}/token`)]) {
      await expectRefusal(await chain.exchange(token, orders, toStock, proof), 400, 'invalid_request');
    }
  });
});

test('a subject token that is not bound is exchanged for one that is, if the client proves a key of its own', async () => {
  const chain = await startChain();
  const { jkt, prove } = await makeProver();
  const proof = await prove(`${chain.issuer}/token`);
  const { access_token } = await tokensOf(await chain.exchange(await chain.first(), orders, toStock, proof));
  expect(decodeJwt(access_token)).toMatchObject({ cnf: { jkt } });
});

test('a client that needs bound tokens gets no other in exchange', async () => {
  const chain = await startChain({ clients: { [orders.id]: { dpop_bound_access_tokens: true } } });
  await expectRefusal(await chain.exchange(await chain.first(), orders, toStock), 400, 'invalid_grant');
});
