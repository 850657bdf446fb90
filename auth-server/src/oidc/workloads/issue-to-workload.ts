/** Issues a client's own token to one of its workloads. */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Api } from '../../core/apis/api.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import type { VerifiedWorkload } from '../../core/workloads/verify-workload.ts';
import type { AssertionFault } from '../../core/workloads/workload-refusals.ts';
import { resourceServer } from '../apis/resource-servers.ts';
import type { TokenProof } from '../tokens/dpop-binding.ts';
import { issuedTo } from './issued-to.ts';
import { type Presented, refusedWorkload } from './presented-workload.ts';
import { singleUse } from './single-use.ts';

type ClientToken = InstanceType<Provider['ClientCredentials']>;
type ClientTokenProperties = ConstructorParameters<Provider['ClientCredentials']>[0];

/** What is issued, to whom, for which JWT. */
export interface Issuance {
  client: InstanceType<Provider['Client']>;
  api: Api;
  scope: string;
  workload: VerifiedWorkload;
  presented: Presented;
  proof: TokenProof | undefined;
}

/** Answers the request with a token that ends no later than the JWT. What is used up is used when all else is checked. */
export async function issueToWorkload(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  artifacts: ArtifactStore,
  issuance: Issuance,
): Promise<void> {
  const { client, api, scope, workload, presented, proof } = issuance;
  const info = resourceServer(api, client, 'client');
  const iat = Math.floor(Date.now() / 1_000);
  const exp = Math.min(workload.expiresAt, iat + Number(info.accessTokenTTL));
  const refuse = (fault: AssertionFault) => refusedWorkload(presented, { fault });
  // Fetching keys takes its time.
  if (exp <= iat) throw refuse('expired');
  const issued = { client, scope, iat, exp, expiresIn: exp - iat };
  const token: ClientToken = new provider.ClientCredentials(issued as unknown as ClientTokenProperties);
  token.resourceServer = new provider.ResourceServer(api.resource, info);
  issuedTo(token, workload);

  const once = singleUse(artifacts, client.clientId, workload);
  // A proof is not used up for a JWT that is.
  if (await once.isUsed()) throw refuse('used');
  await proof?.bind(token);
  if (!(await once.use())) throw refuse('used');
  ctx.oidc.entity('ClientCredentials', token);
  ctx.body = {
    access_token: await token.save(),
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: token.scope,
  };
}
