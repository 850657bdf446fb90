/** A DPoP proof (RFC 9449 §11.1) is used once, whichever replicas it is sent to. */
import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import { codeFor, pkce, thirdParty } from '../support/code-flow.ts';
import { createDatabase } from './support/server.ts';

const url = createDatabase();

const ISSUER = 'http://issuer.example';

/** The status of the answer to a form that comes through a proxy, which both replicas are behind. */
function post(server: string, form: Record<string, string>, proof: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: new URL(ISSUER).host,
      dpop: proof,
      authorization: `Basic ${btoa(`${thirdParty.id}:${thirdParty.secret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    request(`${server}/token`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end(new URLSearchParams(form).toString());
  });
}

test('one proof that ten send to two replicas at once is used once', async () => {
  const environment = {
    USER_DIRECTORY: 'accept-anyone',
    DATABASE_URL: await url,
    SEALING_KEYS: randomBytes(32).toString('base64'),
    ISSUER,
  };
  const servers = [await startAuthServer(environment), await startAuthServer(environment)] as const;
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) };
  const each = Array.from({ length: 10 }, (_, index) => servers[index % 2 === 0 ? 0 : 1]);
  for (let round = 0; round < 3; round += 1) {
    const codes = await Promise.all(each.map((server) => codeFor(server)));
    const claims = {
      htu: `${ISSUER}/token`,
      htm: 'POST',
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1_000),
    };
    const proof = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    const statuses = await Promise.all(
      each.map((server, index) => {
        const form = {
          grant_type: 'authorization_code',
          code: String(codes[index]),
          redirect_uri: thirdParty.redirectUri,
          code_verifier: pkce.verifier,
        };
        return post(server.issuer, form, proof);
      }),
    );
    expect(statuses.sort()).toEqual([200, ...Array(9).fill(400)]);
  }
}, 60_000);
