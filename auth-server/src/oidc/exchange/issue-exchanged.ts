/** Issues the token of an exchange (RFC 8693 §2.2.1). */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Api } from '../../core/apis/api.ts';
import type { Delegation } from '../../core/exchange/delegation.ts';
import { ACCESS_TOKEN } from '../../core/exchange/token-types.ts';
import { resourceServer } from '../apis/resource-servers.ts';
import type { TokenProof } from '../tokens/dpop-binding.ts';
import { delegate } from './delegation-claims.ts';
import { notInForce, type OurToken } from './our-tokens.ts';

type AccessTokenProperties = ConstructorParameters<Provider['AccessToken']>[0];

/** What is exchanged, by whom, for what. */
export interface Exchange {
  client: InstanceType<Provider['Client']>;
  subject: OurToken;
  target: Api;
  scope: string;
  delegation: Delegation;
  /** When the tokens that were presented end, in seconds since the epoch. */
  expiresAt: number;
  proof: TokenProof | undefined;
}

/** Answers the request with a token that ends no later than those that were presented for it. */
export async function issueExchanged(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  { client, subject, target, scope, delegation, expiresAt, proof }: Exchange,
): Promise<void> {
  const info = resourceServer(target, client, 'user');
  const iat = Math.floor(Date.now() / 1_000);
  const exp = Math.min(expiresAt, iat + Number(info.accessTokenTTL));
  // The library takes a token without a lifetime for one with its own default.
  if (exp <= iat) throw notInForce('subject_token');
  const times = { iat, exp, expiresIn: exp - iat };
  const issued = { client, accountId: subject.user, gty: 'token_exchange', scope, ...times };
  // A grant belongs to the client that has it. What the token came from is in its claims.
  const token = new provider.AccessToken(issued as unknown as AccessTokenProperties);
  token.resourceServer = new provider.ResourceServer(target.resource, info);
  delegate(token, {
    ...delegation,
    ...(subject.authTime !== undefined && { auth_time: subject.authTime }),
    ...(subject.acr !== undefined && { acr: subject.acr }),
  });
  await proof?.bind(token);
  ctx.oidc.entity('AccessToken', token);
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: ACCESS_TOKEN,
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: token.scope,
  };
}
