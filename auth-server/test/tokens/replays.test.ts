/** DPoP proofs (RFC 9449 §11.1) and client assertions (RFC 7523 §3) that are used again, and what is said of them. */
import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { codeFor, pkce, type Tokens, thirdParty } from '../support/code-flow.ts';
import { makeProver } from '../support/prover.ts';

const basic = `Basic ${btoa(`${thirdParty.id}:${thirdParty.secret}`)}`;

const post = (url: string, form: Record<string, string>, dpop: string, authorization = basic) =>
  fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { dpop, ...(authorization && { authorization }) },
  });

/** Bound tokens, and what makes proofs for them. */
async function boundTokens() {
  const server = await startAuthServer();
  const prover = await makeProver();
  const form = {
    grant_type: 'authorization_code',
    code: await codeFor(server, thirdParty, { scope: 'openid' }),
    redirect_uri: thirdParty.redirectUri,
    code_verifier: pkce.verifier,
  };
  const url = `${server.issuer}/token`;
  const tokens = (await (await post(url, form, await prover.prove(url))).json()) as Tokens;
  return { issuer: server.issuer, prover, tokens };
}

test('a proof that is used again at the token endpoint is invalid_dpop_proof, and the refresh token still works', async () => {
  const { issuer, prover, tokens } = await boundTokens();
  const url = `${issuer}/token`;
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  const proof = await prover.prove(url);
  const { refresh_token } = (await (await post(url, form, proof)).json()) as Tokens;
  await expectRefusal(await post(url, { ...form, refresh_token }, proof), 400, 'invalid_dpop_proof');
  expect((await post(url, { ...form, refresh_token }, await prover.prove(url))).status).toBe(200);
});

test('a proof that is used again at userinfo is invalid_dpop_proof, with a challenge, and the token still works', async () => {
  const { issuer, prover, tokens } = await boundTokens();
  const url = `${issuer}/userinfo`;
  const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
  const ask = (dpop: string) =>
    fetch(url, { headers: { dpop, authorization: `DPoP ${tokens.access_token}` } });
  const proof = await prover.prove(url, 'GET', { ath });
  expect((await ask(proof)).status).toBe(200);
  const again = await ask(proof);
  expect(again.headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_dpop_proof"/);
  await expectRefusal(again, 401, 'invalid_dpop_proof');
  expect((await ask(await prover.prove(url, 'GET', { ath }))).status).toBe(200);
});

test('a proof that is used again at the pushed requests is invalid_dpop_proof', async () => {
  const { issuer } = await startAuthServer();
  const { prove } = await makeProver();
  const url = `${issuer}/par`;
  const form = {
    client_id: thirdParty.id,
    response_type: 'code',
    redirect_uri: thirdParty.redirectUri,
    scope: 'current_time',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
  };
  const proof = await prove(url);
  expect((await post(url, form, proof)).status).toBe(201);
  await expectRefusal(await post(url, form, proof), 400, 'invalid_dpop_proof');
});

test.each(['one after the other', 'at once'])(
  'an assertion that is used twice, %s, is invalid_client, also beside a fresh proof',
  async (how) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const client = {
      client_id: 'signs',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [await exportJWK(publicKey)] },
    };
    const { issuer } = await startAuthServer({ CLIENTS_FILE: await temporaryFile([client]) });
    const client_assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('signs')
      .setSubject('signs')
      .setAudience(issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const { prove } = await makeProver();
    const url = `${issuer}/token`;
    const ask = async () =>
      post(
        url,
        {
          grant_type: 'client_credentials',
          client_assertion,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        },
        await prove(url),
        '',
      );
    const [first, second] =
      how === 'at once' ? await Promise.all([ask(), ask()]) : [await ask(), await ask()];
    const refused = [first, second].filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(1);
    await expectRefusal(refused[0] as Response, 401, 'invalid_client');
  },
);
