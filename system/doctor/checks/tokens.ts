/** Checks that a new token is what clients and the resource server expect (RFC 9068). */
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader } from 'jose';
import type { Deployment } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip } from '../findings.ts';
import { keysInDatabase } from '../settings.ts';
import { hasPasswordGrant, requestToken } from '../token-request.ts';
import { keysAt } from './keys.ts';

/** The longest lifetime of a token, in seconds. */
const LIFETIME = 5;

export async function checkTokens(deployment: Deployment): Promise<Finding[]> {
  const issued = await requestToken(deployment, 'password grant');
  if ('none' in issued) {
    const rest = ['signature', 'type', 'issuer', 'audience', 'lifetime'];
    return [
      ...grantOfWebapp(deployment),
      issued.none,
      ...rest.map((name) => skip(name, 'there is no token')),
    ];
  }
  const granted = ok('password grant', 'the auth server issues tokens to the webapp');
  try {
    return [granted, await signature(issued.token, deployment), ...claims(issued.token, deployment)];
  } catch {
    const mend = 'see that TOKEN_ENDPOINT leads to the auth server of this system';
    return [granted, fault('type', 'the token is no JWT', mend, 'RFC 9068 §2')];
  }
}

/** Finds a webapp that uses the password grant while the auth server has turned it off. */
function grantOfWebapp(deployment: Deployment): Finding[] {
  if (deployment.settings.GRANT_TYPE !== 'password' || hasPasswordGrant(deployment)) return [];
  return [
    fault(
      'grant of the webapp',
      'GRANT_TYPE is password, and the password grant is off: calls of the webapp are 502',
      'set GRANT_TYPE=authorization_code on the webapp, or PASSWORD_GRANT=on on the auth server',
    ),
  ];
}

async function signature(token: string, { ask, endpoints, settings }: Deployment): Promise<Finding> {
  const [name, reference] = ['signature', 'RFC 9068 §4'];
  const keys = await keysAt(ask, endpoints.jwks);
  if (keys === undefined) return skip(name, 'the keys cannot be had', reference);
  const alg = shown(decodeProtectedHeader(token).alg);
  try {
    await compactVerify(token, createLocalJWKSet({ keys }));
    return ok(name, `verifies by the published keys (${alg})`, reference);
  } catch {
    const shared = keysInDatabase(settings) ? 'DATABASE_URL' : 'JWKS_FILE';
    const mend = `have JWKS_URI and TOKEN_ENDPOINT lead to the same auth server, and give several the same ${shared}`;
    return fault(name, `does not verify by the published keys (${alg})`, mend, reference);
  }
}

function claims(token: string, { settings: { ISSUER, RESOURCE } }: Deployment): Finding[] {
  const { typ } = decodeProtectedHeader(token);
  const { iss, aud, iat = Number.NaN, exp = Number.NaN } = decodeJwt(token);
  const lifetime = exp - iat;
  const asOurs = 'have TOKEN_ENDPOINT lead to the auth server of this system';
  return [
    held('type', typ === 'at+jwt', `typ is ${shown(typ)}`, asOurs, 'RFC 9068 §2.1'),
    held(
      'issuer',
      iss === ISSUER,
      `iss is ${shown(iss)}`,
      'set ISSUER to the same URL everywhere',
      'RFC 9068 §4',
    ),
    held(
      'audience',
      [aud].flat().join() === RESOURCE,
      `aud is ${shown(aud)}`,
      'set RESOURCE to the same URL everywhere',
      'RFC 9700 §2.3',
    ),
    held('lifetime', lifetime > 0 && lifetime <= LIFETIME, `${lifetime} s`, asOurs, 'RFC 9068 §2.2'),
  ];
}

function held(name: string, holds: boolean, detail: string, mend: string, reference: string): Finding {
  return holds ? ok(name, detail, reference) : fault(name, detail, mend, reference);
}
