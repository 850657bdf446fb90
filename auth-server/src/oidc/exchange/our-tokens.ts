/** Finds the access tokens of this issuer that a token exchange presents (RFC 8693 §2.1). */
import { errors, type Provider } from 'oidc-provider';
import type { Act, Origin } from '../../core/exchange/delegation.ts';
import { ACCESS_TOKEN } from '../../core/exchange/token-types.ts';
import type { TokenProof } from '../tokens/dpop-binding.ts';
import { revocationName } from '../tokens/opaque-access-tokens.ts';
import { marked } from '../tokens/structured-tokens.ts';
import type { PresentedToken } from './exchange-parameters.ts';

type AccessToken = InstanceType<Provider['AccessToken']>;
type ClientToken = InstanceType<Provider['ClientCredentials']>;

/** An access token of this issuer that is in force. Times are in seconds since the epoch. */
export interface OurToken {
  /** The user; undefined for a client's own token. */
  user: string | undefined;
  clientId: string;
  /** The identifier of its API. */
  aud: string;
  exp: number;
  /** The name by which its revocation would be remembered. */
  jti: string;
  grantId: string | undefined;
  act: Act | undefined;
  origin: Origin | undefined;
  mayAct: unknown;
  authTime: number | undefined;
  acr: string | undefined;
}

/**
 * The token, if it is in force, and if the request proves the key that it is bound to (RFC 9449 §6).
 *
 * @throws {errors.InvalidRequest} when it is not (RFC 8693 §2.2.2)
 */
export async function ourToken(
  provider: Provider,
  { name, token, type }: PresentedToken,
  proof: Pick<TokenProof, 'thumbprint'> | undefined,
): Promise<OurToken> {
  if (type !== ACCESS_TOKEN) throw new errors.InvalidRequest(`${name}_type must be ${ACCESS_TOKEN}`);
  const { AccessToken, ClientCredentials } = provider;
  const [ofUser, ofClient] = await Promise.all([
    AccessToken.find(marked(token)),
    ClientCredentials.find(marked(token)),
  ]);
  const found = ofUser ?? ofClient;
  if (!found?.isValid || (ofUser && !(await grantStands(provider, ofUser)))) {
    throw notInForce(name);
  }
  if (found.aud === undefined) throw new errors.InvalidRequest(`${name} is not for an API`);
  // Whoever has stolen a token that is bound to a key cannot exchange it for one that is not.
  if (found.jkt !== undefined && found.jkt !== proof?.thumbprint) {
    throw new errors.InvalidRequest(`${name} is bound to a key: send a DPoP proof of that key`);
  }
  return parsed(found, ofUser, token);
}

function parsed(found: AccessToken | ClientToken, ofUser: AccessToken | undefined, sent: string): OurToken {
  const { act, origin, may_act, auth_time, acr } = (found.extra ?? {}) as {
    act?: Act;
    origin?: Origin;
    may_act?: unknown;
    auth_time?: number;
    acr?: string;
  };
  return {
    user: ofUser?.accountId,
    clientId: String(found.clientId),
    aud: String(found.aud),
    exp: Number(found.exp),
    jti: found.jti === sent ? revocationName(sent) : found.jti,
    grantId: ofUser?.grantId,
    act,
    origin,
    mayAct: may_act,
    authTime: auth_time,
    acr,
  };
}

/** The error of a token that is not in force. It does not say why, which is nobody's business but the owner's. */
export function notInForce(name: PresentedToken['name']): Error {
  return new errors.InvalidRequest(`${name} is expired, revoked or unknown`);
}

/** Whether the grant of a token stands, as introspection would see it. A token of the password grant has none. */
async function grantStands(
  { Grant }: Provider,
  { grantId, clientId, accountId }: AccessToken,
): Promise<boolean> {
  if (grantId === undefined) return true;
  const grant = await Grant.find(grantId);
  return grant !== undefined && grant.clientId === clientId && grant.accountId === accountId;
}
