/** Whether what an exchanged token came from is still in force: it ends with each token, grant, client and API that it came from. */
import type { Apis } from '../../core/apis/apis.ts';
import type { KnownClients } from '../../core/clients/client-registration.ts';
import { exchangersOf } from '../../core/exchange/delegation.ts';
import type { OriginStands } from '../../core/exchange/origin-stands.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';
import { type Permission, whileAllowed } from '../grants/consents.ts';

/** What decides it. */
export interface OriginDependencies {
  apis: Apis;
  clients: KnownClients;
  artifacts: ArtifactStore;
  revocations: Pick<RevocationList, 'has'>;
}

/** Looks at all that a token came from. It rejects during an outage. */
export function originCheck({ apis, clients, artifacts, revocations }: OriginDependencies): OriginStands {
  return async function originStands({ sub, iat, act, origin }) {
    if (origin === undefined) return act === undefined;
    // An API that was defined again is another one.
    const areThere = origin.tokens.every(
      ({ aud }) => iat >= (apis.find(aud)?.since ?? Number.POSITIVE_INFINITY),
    );
    if (!areThere || (await revocations.has(...origin.tokens.map(({ jti }) => jti)))) return false;
    // The last one is the client of the token itself, which has been found already.
    for (const client of [origin.client_id, ...exchangersOf(act).slice(1)]) {
      if (!(await clients.has(client))) return false;
    }
    return origin.grant_id === undefined || grantStands(origin.grant_id, origin.client_id, sub);
  };

  async function grantStands(id: string, clientId: string, accountId: string): Promise<boolean> {
    const grant = (await whileAllowed(artifacts, await artifacts.find('Grant', id))) as
      | Permission
      | undefined;
    return (
      grant !== undefined &&
      grant.clientId === clientId &&
      grant.accountId === accountId &&
      grant.exp > Date.now() / 1_000
    );
  }
}
