/** Exchanges a JWT of another issuer (RFC 8693 §3): a workload gets a token of its client, as it does by the JWT bearer grant. */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { allowedScopes, asking } from '../../core/apis/scopes.ts';
import { decideExchange } from '../../core/exchange/exchange-rule.ts';
import { mayAct } from '../../core/exchange/may-act.ts';
import { ACCESS_TOKEN } from '../../core/exchange/token-types.ts';
import { proofOf } from '../tokens/dpop-binding.ts';
import { issueToWorkload } from '../workloads/issue-to-workload.ts';
import type { WorkloadDependencies } from '../workloads/jwt-bearer-grant.ts';
import { type Presented, presentedWorkload, refusedWorkload } from '../workloads/presented-workload.ts';
import { exchangeParameters } from './exchange-parameters.ts';
import { refusedExchange } from './exchange-refusals.ts';
import { targetFor } from './exchange-target.ts';

/**
 * The token is the client's own: nobody acts for a user, so it has no `act`. The JWT is the credential of a client that does not
 * authenticate.
 */
export async function exchangeForWorkload(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  { apis, artifacts, workloads }: WorkloadDependencies,
  client: InstanceType<Provider['Client']>,
): Promise<void> {
  const { subject: sent, actor, scopes } = exchangeParameters(ctx.oidc.params ?? {});
  if (actor !== undefined)
    throw new errors.InvalidRequest('actor_token does not go with a JWT of another issuer');
  const target = targetFor(ctx, client, apis);
  const presented: Presented = { parameter: 'subject_token', jwt: sent.token, error: 'invalid_request' };
  const workload = await presentedWorkload(ctx, provider, workloads, presented);
  const proof = await proofOf(ctx, provider);
  const { clientId } = client;
  if (!mayAct(workload.mayAct, { sub: clientId, iss: provider.issuer, client_id: clientId }))
    throw refusedWorkload(presented, { fault: 'may_act' });
  const own = allowedScopes(target, asking(client, 'client'));
  const decision = decideExchange({
    subject: { from: workload.issuer },
    client: clientId,
    target,
    scopes,
    limits: { byUser: own, byClient: own },
  });
  if (!decision.ok) throw refusedExchange(decision.refusal);
  const scope = decision.value.join(' ');
  await issueToWorkload(ctx, provider, artifacts, { client, api: target, scope, workload, presented, proof });
  Object.assign(ctx.body as object, { issued_token_type: ACCESS_TOKEN });
}
