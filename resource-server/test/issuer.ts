/** A fake issuer that signs introspection answers (RFC 9701) and publishes its keys. */
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type Answer, json, type ReceivedRequest, startUpstream } from 'shared/test/upstream.ts';
import { startResourceServer, tokenOf } from './resource-server.ts';

/** A key of the issuer. */
export async function issuerKey(kid: string, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } as JWK };
}

export type IssuerKey = Awaited<ReturnType<typeof issuerKey>>;

/** Claims and header parameters that a signed answer has instead of the good ones. */
interface Faults {
  claims?: JWTPayload;
  header?: Record<string, unknown>;
}

/** A signed answer which says that a good token is active. */
export function signedAnswer(
  issuer: string,
  key: IssuerKey,
  { claims, header }: Faults = {},
): Promise<string> {
  const good = {
    iss: issuer,
    aud: 'resource-server',
    iat: Math.floor(Date.now() / 1000),
    token_introspection: tokenOf(),
  };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ typ: 'token-introspection+jwt', alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

/** Answers with this text as a signed introspection answer. */
export function jwt(text: string, contentType = 'application/token-introspection+jwt'): Answer {
  return (_, res) => void res.writeHead(200, { 'content-type': contentType }).end(text);
}

/**
 * Starts an issuer, and a resource server that asks it for signed answers, until the test is finished.
 *
 * @param introspect what the issuer answers at `/introspect`
 * @param keys what the issuer answers at `/jwks`
 */
export async function startWithIssuer(
  introspect: (issuer: string) => Answer | Promise<Answer>,
  keys: Answer,
  { clock, environment = {} }: { clock?: () => number; environment?: Record<string, string> } = {},
) {
  const { base, received } = await startUpstream(async (request: ReceivedRequest, res) => {
    const answer = request.url === '/introspect' ? await introspect(base) : keys;
    answer(request, res);
  });
  const server = await startResourceServer(
    { ISSUER: base, INTROSPECTION_RESPONSE: 'jwt', ...environment },
    clock ? { clock } : {},
  );
  return {
    ...server,
    issuer: base,
    requestsTo: (path: string) => received.filter(({ url }) => url === path),
  };
}

/** Answers with these keys as a JSON Web Key Set. */
export function jwks(...keys: IssuerKey[]): Answer {
  return json({ keys: keys.map(({ jwk }) => jwk) });
}
