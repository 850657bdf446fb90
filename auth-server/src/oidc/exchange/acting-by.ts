/** Who acts by an exchanged token: the client that exchanges, or the party of an actor token that it presents (RFC 8693 §2.1). */
import { errors, type Provider } from 'oidc-provider';
import type { Act } from '../../core/exchange/delegation.ts';
import { mayAct } from '../../core/exchange/may-act.ts';
import type { UserDirectory } from '../../core/users/user-directory.ts';
import type { TokenProof } from '../tokens/dpop-binding.ts';
import type { PresentedToken } from './exchange-parameters.ts';
import { type OurToken, ourToken } from './our-tokens.ts';
import { requireUser } from './require-user.ts';

/** Who acts. */
export interface Acting {
  /** The claim `act` of the new token: who acts now, for those who acted before. */
  act: Act;
  /** When the actor token ends, in seconds since the epoch; undefined without one. */
  until: number | undefined;
}

/** What it takes to find out who acts. */
export interface ActorDependencies {
  provider: Provider;
  users: Pick<UserDirectory, 'find'>;
}

/**
 * Finds out who acts.
 *
 * @throws {errors.InvalidRequest} when the actor token is not in force, is not the client's, or is of somebody who may not act
 */
export async function actingBy(
  dependencies: ActorDependencies,
  { clientId }: InstanceType<Provider['Client']>,
  subject: OurToken,
  presented: PresentedToken | undefined,
  proof: TokenProof | undefined,
): Promise<Acting> {
  const { provider } = dependencies;
  const actor = presented && (await actorOf(dependencies, clientId, presented, proof));
  const sub = actor?.user ?? clientId;
  if (!mayAct(subject.mayAct, { sub, iss: provider.issuer, client_id: clientId }))
    throw new errors.InvalidRequest('subject_token lets somebody else act for its user');
  const act: Act = {
    sub,
    ...(sub !== clientId && { client_id: clientId }),
    ...(subject.act !== undefined && { act: subject.act }),
  };
  return { act, until: actor?.exp };
}

/** The actor token: of a user who is signed in to the client, or of the client itself. */
async function actorOf(
  { provider, users }: ActorDependencies,
  clientId: string,
  presented: PresentedToken,
  proof: TokenProof | undefined,
): Promise<OurToken> {
  const token = await ourToken(provider, presented, proof);
  // Whoever has somebody else's token could otherwise act in their name.
  if (token.clientId !== clientId)
    throw new errors.InvalidRequest('actor_token was not issued to this client');
  if (token.act !== undefined)
    throw new errors.InvalidRequest('actor_token is itself of somebody who acts for another');
  if (token.user !== undefined) await requireUser(users, presented, token.user);
  return token;
}
