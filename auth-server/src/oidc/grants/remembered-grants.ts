/** Grants: what a user has allowed a client, remembered until it is revoked or expires. */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { OIDC_SCOPES, SCOPES } from '../../core/apis/scopes.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import type { Api } from '../apis/resource-servers.ts';
import { tellingOutages } from '../library-outages.ts';

type Grant = InstanceType<Provider['Grant']>;

/** The library's record of an authorization request that waits for a user. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * The grant that an authorization request builds on: the one that was just given, or the one that this user gave
 * this client before. A first-party client is granted everything without being asked about.
 */
export function grantLoader(api: Api, artifacts: ArtifactStore) {
  return async function loadGrant({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { provider, client, session, account, result } = oidc;
    if (!client || !account) return undefined;
    const id = result?.consent?.grantId ?? session?.grantIdFor(client.clientId);
    const known = await findGrant(provider, id, account.accountId);
    if (known) return known;
    // One for each session, so that signing out in one browser does not end what another is doing.
    if (client.first_party === true) {
      return grantEverything(provider, account.accountId, client.clientId, api);
    }
    const remembered = artifacts.findByClient('Grant', account.accountId, client.clientId);
    return findGrant(provider, (await tellingOutages(remembered))?.jti, account.accountId);
  };
}

async function findGrant(
  provider: Provider,
  id: string | undefined,
  accountId: string,
): Promise<Grant | undefined> {
  const grant = id === undefined ? undefined : await provider.Grant.find(id);
  return grant?.accountId === accountId ? grant : undefined;
}

async function grantEverything(
  provider: Provider,
  accountId: string,
  clientId: string,
  api: Api,
): Promise<Grant> {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope([...OIDC_SCOPES, ...SCOPES].join(' '));
  grant.addResourceScope(api.resource, SCOPES.join(' '));
  await grant.save();
  return grant;
}

/** Adds what a user has just consented to, to their grant to the client. The answer is the grant's id. */
export async function grantOf(provider: Provider, interaction: Interaction): Promise<string> {
  const known =
    interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
  const grant =
    known ??
    new provider.Grant({
      accountId: String(interaction.session?.accountId),
      clientId: String(interaction.params.client_id),
    });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = interaction.prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return grant.save();
}
