/** Token exchange (RFC 8693): an API gets a token for the next API, to act there for the user of the token that it was called with. */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { allowedScopes, asking } from '../../core/apis/scopes.ts';
import type { Origin } from '../../core/exchange/delegation.ts';
import { decideExchange } from '../../core/exchange/exchange-rule.ts';
import { TOKEN_EXCHANGE } from '../../core/exchange/grant-type.ts';
import { JWT } from '../../core/exchange/token-types.ts';
import type { UserDirectory } from '../../core/users/user-directory.ts';
import { proofOf } from '../tokens/dpop-binding.ts';
import type { WorkloadDependencies } from '../workloads/jwt-bearer-grant.ts';
import { actingBy } from './acting-by.ts';
import { allowedByUser } from './allowed-by-user.ts';
import { exchangeForWorkload } from './exchange-for-workload.ts';
import { exchangeParameters, PARAMETERS, type PresentedToken } from './exchange-parameters.ts';
import { refusedExchange } from './exchange-refusals.ts';
import { targetFor } from './exchange-target.ts';
import { issueExchanged } from './issue-exchanged.ts';
import { type OurToken, ourToken } from './our-tokens.ts';
import { requireUser } from './require-user.ts';

type Client = InstanceType<Provider['Client']>;

/** What the grant needs. */
export interface ExchangeDependencies extends WorkloadDependencies {
  users: Pick<UserDirectory, 'find'>;
}

/** A token of a user, which may be exchanged. */
interface Subject extends OurToken {
  user: string;
}

/** Adds the grant to a provider. */
export function registerTokenExchange(provider: Provider, dependencies: ExchangeDependencies): void {
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      if (params?.subject_token_type === JWT && client !== undefined)
        await exchangeForWorkload(ctx, provider, dependencies, client);
      else await exchange(ctx, provider, dependencies);
    },
    PARAMETERS,
    // Several APIs are a wrong target, and not a wrong request (RFC 8693 §2.2.2).
    ['resource', 'audience'],
  );
}

/** What can be told without the tokens is told first: a client that may exchange none learns nothing about any. */
async function exchange(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  { apis, users }: ExchangeDependencies,
): Promise<void> {
  const client = authenticated(ctx.oidc.client);
  const { subject: sent, actor, scopes } = exchangeParameters(ctx.oidc.params ?? {});
  const target = targetFor(ctx, client, apis);
  const proof = await proofOf(ctx, provider);

  const subject = ofUser(sent, await ourToken(provider, sent, proof));
  const { act, until } = await actingBy({ provider, users }, client, subject, actor, proof);
  const origin = originOf(subject);
  const byUser = await allowedByUser(provider, origin, target);
  const byClient = allowedScopes(target, asking(client, 'user'));
  const decision = decideExchange({
    subject: { from: subject.aud, act: subject.act, origin: subject.origin },
    client: client.clientId,
    target,
    scopes,
    limits: { byUser, byClient },
  });
  if (!decision.ok) throw refusedExchange(decision.refusal);
  await requireUser(users, sent, subject.user);

  await issueExchanged(ctx, provider, {
    client,
    subject,
    target,
    scope: decision.value.join(' '),
    delegation: { act, origin },
    expiresAt: Math.min(subject.exp, until ?? subject.exp),
    proof,
  });
}

/** An actor that anybody could claim to be would be no actor. */
function authenticated(client: Client | undefined): Client {
  if (client === undefined || client.clientAuthMethod === 'none')
    throw new errors.UnauthorizedClient('token exchange is for clients that authenticate');
  return client;
}

function ofUser(sent: PresentedToken, token: OurToken): Subject {
  if (token.user === undefined)
    throw new errors.InvalidRequest(`${sent.name} is a client's own token: only a user's can be exchanged`);
  return { ...token, user: token.user };
}

/** Where the new token comes from: from where the subject token came, and from that one. */
function originOf({ origin, clientId, grantId, jti, aud }: Subject): Origin {
  const { tokens, ...first } = origin ?? {
    client_id: clientId,
    ...(grantId !== undefined && { grant_id: grantId }),
    tokens: [],
  };
  return { ...first, tokens: [...tokens, { jti, aud }] };
}
