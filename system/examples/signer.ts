/** An issuer that signs what an honest one would not, since its key has leaked or the JWT is no access token. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { serve } from 'shared/test/serve.ts';

const RESOURCE = 'http://localhost:5050';

/** Publishes keys for ES256 and RS256 until the test is finished. */
export async function startSigner() {
  const ec = await generateKeyPair('ES256');
  const rsa = await generateKeyPair('RS256');
  const keys = [
    { ...(await exportJWK(ec.publicKey)), alg: 'ES256', kid: 'ES256', use: 'sig' },
    { ...(await exportJWK(rsa.publicKey)), alg: 'RS256', kid: 'RS256', use: 'sig' },
  ];
  const url = await serve((_request, response) => {
    response.setHeader('Content-Type', 'application/jwk-set+json').end(JSON.stringify({ keys }));
  });

  /** A good token, but for what is given. */
  function token(
    claims: Record<string, unknown> = {},
    { typ = 'at+jwt', alg = 'ES256' } = {},
  ): Promise<string> {
    const iat = Math.floor(Date.now() / 1000) - 1;
    return new SignJWT({
      iss: url,
      aud: RESOURCE,
      sub: 'alice',
      client_id: 'notes-by-curl',
      scope: 'notes:read',
      jti: crypto.randomUUID(),
      iat,
      exp: iat + 300,
      ...claims,
    })
      .setProtectedHeader({ typ, alg, kid: alg })
      .sign(alg === 'ES256' ? ec.privateKey : rsa.privateKey);
  }

  return {
    url,
    token,
    badTokens: async () => [
      { because: 'it is of another type', token: await token({}, { typ: 'JWT' }) },
      { because: 'another algorithm signed it', token: await token({}, { alg: 'RS256' }) },
      { because: 'it is of another issuer', token: await token({ iss: 'http://localhost:5999' }) },
      { because: 'it lives too long', token: await token({ exp: Math.floor(Date.now() / 1000) + 3600 }) },
      { because: 'it never expires', token: await token({ exp: undefined }) },
      { because: 'it is for nobody', token: await token({ aud: undefined }) },
    ],
  };
}
