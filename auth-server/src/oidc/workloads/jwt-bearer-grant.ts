/** The JWT bearer grant (RFC 7523 §2.1): a workload gets a token of its client for a JWT of its own issuer. */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { Apis } from '../../core/apis/apis.ts';
import { mayAct } from '../../core/exchange/may-act.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import { JWT_BEARER } from '../../core/workloads/jwt-bearer.ts';
import type { WorkloadJwts } from '../../core/workloads/verify-workload.ts';
import { onlyApi, settleScope } from '../apis/resource-servers.ts';
import { textOf } from '../parameters.ts';
import { proofOf } from '../tokens/dpop-binding.ts';
import { issueToWorkload } from './issue-to-workload.ts';
import { type Presented, presentedWorkload, refusedWorkload } from './presented-workload.ts';

/** What the grant needs. */
export interface WorkloadDependencies {
  apis: Apis;
  artifacts: ArtifactStore;
  workloads: WorkloadJwts;
}

/** Adds the grant to a provider. */
export function registerJwtBearer(provider: Provider, dependencies: WorkloadDependencies): void {
  provider.registerGrantType(
    JWT_BEARER,
    (ctx) => grant(ctx, provider, dependencies),
    ['assertion', 'scope', 'resource'],
    // Several APIs are a wrong target, and not a wrong request (RFC 8707 §2).
    ['resource'],
  );
}

/** The JWT comes first: it is the credential of a client that has no other. */
async function grant(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  { apis, artifacts, workloads }: WorkloadDependencies,
): Promise<void> {
  const { client, params = {} } = ctx.oidc;
  const jwt = textOf(params.assertion);
  if (client === undefined || jwt === undefined)
    throw new errors.InvalidRequest('missing required parameter(s): assertion');
  const presented: Presented = { parameter: 'assertion', jwt, error: 'invalid_grant' };
  const workload = await presentedWorkload(ctx, provider, workloads, presented);
  const { clientId } = client;
  if (!mayAct(workload.mayAct, { sub: clientId, iss: provider.issuer, client_id: clientId }))
    throw refusedWorkload(presented, { fault: 'may_act' });
  const proof = await proofOf(ctx, provider);
  const api = onlyApi(ctx, client, apis);
  settleScope(ctx, client, apis, [api]);
  const scope = String(params.scope);
  await issueToWorkload(ctx, provider, artifacts, { client, api, scope, workload, presented, proof });
}
