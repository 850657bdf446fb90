/** Who acts by an exchanged token: the client that exchanges, or the party of an actor token that it presents (RFC 8693 §2.1). */
import { errors, type Provider } from 'oidc-provider';
import type { Act } from '../../core/exchange/delegation.ts';
import { mayAct } from '../../core/exchange/may-act.ts';
import type { TokenProof } from '../tokens/dpop-binding.ts';
import type { PresentedToken } from './exchange-parameters.ts';
import { type OurToken, ourToken } from './our-tokens.ts';

/**
 * The claim `act` of the new token: who acts now, for those who acted before.
 *
 * @throws {errors.InvalidRequest} when the actor token is not in force, is not the client's, or is of somebody who may not act
 */
export async function actingBy(
  provider: Provider,
  { clientId }: InstanceType<Provider['Client']>,
  subject: OurToken,
  presented: PresentedToken | undefined,
  proof: TokenProof | undefined,
): Promise<Act> {
  const actor = presented && (await actorOf(provider, clientId, presented, proof));
  const sub = actor ?? clientId;
  if (!mayAct(subject.mayAct, { sub, iss: provider.issuer, client_id: clientId }))
    throw new errors.InvalidRequest('subject_token lets somebody else act for its user');
  return {
    sub,
    ...(sub !== clientId && { client_id: clientId }),
    ...(subject.act !== undefined && { act: subject.act }),
  };
}

/** The party of an actor token: a user who is signed in to the client, or the client itself. */
async function actorOf(
  provider: Provider,
  clientId: string,
  presented: PresentedToken,
  proof: TokenProof | undefined,
): Promise<string> {
  const token = await ourToken(provider, presented, proof);
  // Whoever has somebody else's token could otherwise act in their name.
  if (token.clientId !== clientId)
    throw new errors.InvalidRequest('actor_token was not issued to this client');
  if (token.act !== undefined)
    throw new errors.InvalidRequest('actor_token is itself of somebody who acts for another');
  return token.user ?? clientId;
}
