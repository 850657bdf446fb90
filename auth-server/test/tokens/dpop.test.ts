/** DPoP (RFC 9449): tokens that are bound to a key of their client. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  type AuthServer,
  cli,
  cliRegistration,
  codeFor,
  pkce,
  type Tokens,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { ath, makeProver } from '../support/prover.ts';

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration]) });

async function requestTokens(
  { issuer }: AuthServer,
  { id, secret }: { id: string; secret?: string },
  form: Record<string, string>,
  proof?: string,
): Promise<Response> {
  return fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, ...(secret === undefined && { client_id: id }) }),
    headers: {
      ...(secret !== undefined && { authorization: `Basic ${btoa(`${id}:${secret}`)}` }),
      ...(proof !== undefined && { dpop: proof }),
    },
  });
}

async function redemption(server: AuthServer, client = thirdParty as typeof cli, parameters = {}) {
  return {
    grant_type: 'authorization_code',
    code: await codeFor(server, client, parameters),
    redirect_uri: client.redirectUri,
    code_verifier: pkce.verifier,
  };
}

describe.each([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('%s', (_what, client) => {
  test('that sends a proof gets a token bound to its key, and introspection names the key', async () => {
    const server = await start();
    const { jkt, prove } = await makeProver();
    const proof = await prove(`${server.issuer}/token`);
    const response = await requestTokens(server, client, await redemption(server, client), proof);
    const { access_token, token_type } = await tokensOf(response);
    expect(token_type).toBe('DPoP');
    expect(decodeJwt(access_token)).toMatchObject({ cnf: { jkt }, sub: 'alice' });
    expect(await (await server.introspect(access_token)).json()).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt },
    });
  });
});

test.each([
  ['another method', { htm: 'GET' }],
  ['another endpoint', { htu: 'https://other.example/token' }],
  ['another time', { iat: 1 }],
  ['no id', { jti: undefined }],
])('a proof for %s is refused', async (_what, claims) => {
  const server = await start();
  const { prove } = await makeProver();
  const proof = await prove(`${server.issuer}/token`, 'POST', claims);
  const response = await requestTokens(server, thirdParty, await redemption(server), proof);
  await expectRefusal(response, 400, 'invalid_dpop_proof');
});

test('a proof is used once', async () => {
  const server = await start();
  const proof = await (await makeProver()).prove(`${server.issuer}/token`);
  await tokensOf(await requestTokens(server, thirdParty, await redemption(server), proof));
  const again = await requestTokens(server, thirdParty, await redemption(server), proof);
  await expectRefusal(again, 400, 'invalid_dpop_proof');
});

test('at most one of ten requests at once with the same proof is accepted', async () => {
  const server = await start();
  const proof = await (await makeProver()).prove(`${server.issuer}/token`);
  const forms = await Promise.all(Array.from({ length: 10 }, () => redemption(server)));
  const responses = await Promise.all(forms.map((form) => requestTokens(server, thirdParty, form, proof)));
  const refused = responses.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThanOrEqual(9);
  for (const response of refused) await expectRefusal(response, 400, 'invalid_dpop_proof');
});

test('a code that is bound to a key is redeemed with that key only', async () => {
  const server = await start();
  const [owner, thief] = [await makeProver(), await makeProver()];
  const url = `${server.issuer}/token`;
  for (const proof of [undefined, await thief.prove(url)]) {
    const form = await redemption(server, thirdParty, { dpop_jkt: owner.jkt });
    await expectRefusal(await requestTokens(server, thirdParty, form, proof), 400, 'invalid_grant');
  }
  const form = await redemption(server, thirdParty, { dpop_jkt: owner.jkt });
  await tokensOf(await requestTokens(server, thirdParty, form, await owner.prove(url)));
});

test("a public client's refresh token stays bound to its key", async () => {
  const server = await start();
  const [owner, thief] = [await makeProver(), await makeProver()];
  const url = `${server.issuer}/token`;
  const response = await requestTokens(server, cli, await redemption(server, cli), await owner.prove(url));
  const { refresh_token } = (await response.json()) as Tokens;
  const form = { grant_type: 'refresh_token', refresh_token };
  for (const proof of [undefined, await thief.prove(url)]) {
    await expectRefusal(await requestTokens(server, cli, form, proof), 400, 'invalid_grant');
  }
  const refreshed = await tokensOf(await requestTokens(server, cli, form, await owner.prove(url)));
  expect(refreshed.token_type).toBe('DPoP');
  expect(decodeJwt(refreshed.access_token)).toMatchObject({ cnf: { jkt: owner.jkt } });
});

test('a bound token opens userinfo only with a proof', async () => {
  const server = await start();
  const { prove } = await makeProver();
  const form = await redemption(server, thirdParty, { scope: 'openid' });
  const { access_token } = await tokensOf(
    await requestTokens(server, thirdParty, form, await prove(`${server.issuer}/token`)),
  );
  const url = `${server.issuer}/userinfo`;
  const ask = async (authorization: string, dpop?: string) =>
    (await fetch(url, { headers: { authorization, ...(dpop && { dpop }) } })).status;
  expect(await ask(`Bearer ${access_token}`)).toBe(401);
  const bound = { ath: ath(access_token) };
  expect(await ask(`DPoP ${access_token}`, await (await makeProver()).prove(url, 'GET', bound))).toBe(401);
  expect(await ask(`DPoP ${access_token}`, await prove(url, 'GET', bound))).toBe(200);
});
