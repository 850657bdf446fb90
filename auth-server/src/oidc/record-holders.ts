/**
 * Whom records are counted for. Nobody but a user can make records of that user, and nobody but a client those of that
 * client; all others are of strangers, whom nothing but their address tells apart.
 */
import { Provider } from 'oidc-provider';
import { networkOf } from 'shared/core/networks.ts';
import type { Artifact, Holder } from '../core/grants/artifact-store.ts';
import { UNPROVEN } from '../core/sign-in/interactions.ts';

/** What a record says of a sign-in. In an interaction its session says so, and its result. */
interface SignedIn {
  accountId?: string | undefined;
  amr?: string[] | undefined;
}

/** The user whom a record is of, or else the stranger who makes the request. */
export function userOrStranger(artifact: Artifact): Holder {
  const signIn = (artifact.session ?? {}) as SignedIn;
  const accountId = artifact.accountId ?? signIn.accountId;
  if (accountId === undefined || isUnproven(artifact, signIn)) return stranger();
  // By client, too: no client can crowd out what its user has given to another.
  return { of: 'users', name: JSON.stringify([accountId, artifact.clientId]) };
}

/** The user whom a record is of, or else the client that has authenticated for the request, or else a stranger. */
export function userOrClient(artifact: Artifact): Holder {
  if (artifact.accountId !== undefined) return userOrStranger(artifact);
  const client = Provider.ctx?.oidc?.client;
  // Anyone can make the requests of a public client.
  if (client === undefined || client.clientAuthMethod === 'none') return stranger();
  return { of: client.clientIdIssuedAt === undefined ? 'clients' : 'newcomers', name: client.clientId };
}

/**
 * The client whose workload has used up a JWT, which the record names, since nobody else can make such a record; or else as for
 * other records.
 */
export function clientOfWorkload(artifact: Artifact): Holder {
  return typeof artifact.workloadOf === 'string'
    ? { of: 'clients', name: artifact.workloadOf }
    : userOrClient(artifact);
}

/** Whoever registers a client. */
export function registrant(): Holder {
  return { ...stranger(), of: 'newcomers' };
}

function stranger(): Holder {
  return { of: 'strangers', name: networkOf(Provider.ctx?.ip ?? '') };
}

/** Whether somebody only said who they are. */
function isUnproven({ amr, result }: Artifact, session: SignedIn): boolean {
  const { login } = (result ?? {}) as { login?: SignedIn };
  return [amr, session.amr, login?.amr, Provider.ctx?.oidc?.session?.amr].flat().includes(UNPROVEN);
}
