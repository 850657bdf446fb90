/**
 * Consents: what a user has allowed a client, whichever browsers and devices hold something of it. It is remembered until the
 * user or an administrator ends it, or it expires; everything that was granted because of it ends with it.
 */
import { randomUUID } from 'node:crypto';
import type { Apis } from '../../core/apis/apis.ts';
import type { Artifact, ArtifactStore } from '../../core/grants/artifact-store.ts';
import { CONSENT_TTL } from '../lifetimes.ts';
import { type Allowed, joined } from './allowed.ts';
import { withoutGoneApis } from './gone-apis.ts';

const MODEL = 'Consent';

/** Whose consent to which client. */
export interface Parties {
  accountId: string;
  clientId: string;
  /** The name that the user knows the client by, where that may change at any time: what was allowed to one of another name does not count. */
  clientName?: string;
}

/** A record of what was allowed. Its times are in seconds since the epoch. */
export interface Permission extends Artifact, Allowed {
  accountId: string;
  clientId: string;
  jti: string;
  iat: number;
  exp: number;
}

/** What a user has allowed a client, if it is anything, of the APIs that there still are. */
export async function consentOf(
  artifacts: ArtifactStore,
  parties: Parties,
  apis: Apis,
): Promise<Permission | undefined> {
  const known = await recordOf(artifacts, parties);
  return known && isOfSame(known, parties) ? withoutGoneApis(known, apis) : undefined;
}

/** All that a user has allowed, the newest first. */
export async function allConsents(artifacts: ArtifactStore, accountId: string): Promise<Permission[]> {
  return (await artifacts.findByAccount(MODEL, accountId)) as Permission[];
}

/** Adds to what a user has allowed a client. A user who was asked has said so anew: it lasts as long as one that is new. */
export async function allow(
  artifacts: ArtifactStore,
  parties: Parties,
  allowed: Allowed,
  apis: Apis,
): Promise<Permission> {
  // That of a client which had another name is the same record, so that users find it once, and what it held ends with it.
  const known = await recordOf(artifacts, parties);
  const before = known && isOfSame(known, parties) ? withoutGoneApis(known, apis) : {};
  const now = Math.floor(Date.now() / 1_000);
  return kept(artifacts, {
    ...parties,
    ...joined(before ?? {}, allowed),
    jti: known?.jti ?? randomUUID(),
    iat: known?.iat ?? now,
    exp: now + CONSENT_TTL,
  });
}

async function recordOf(artifacts: ArtifactStore, parties: Parties): Promise<Permission | undefined> {
  const { accountId, clientId } = parties;
  const consent = (await artifacts.findByClient(MODEL, accountId, clientId)) as Permission | undefined;
  return consent ?? (await earlierConsent(artifacts, { accountId, clientId }));
}

function isOfSame(known: Permission, { clientName }: Parties): boolean {
  return clientName === undefined || known.clientName === clientName;
}

/**
 * A grant, unless the consent that it was made from is no more. A request that was under way may have stored it after all
 * grants were ended.
 */
export async function whileAllowed(
  artifacts: ArtifactStore,
  grant: Artifact | undefined,
): Promise<Artifact | undefined> {
  if (typeof grant?.consent !== 'string') return grant;
  return (await artifacts.find(MODEL, grant.consent)) === undefined ? undefined : grant;
}

/** The consent of a grant that a version stored which remembered grants only, and gave all browsers the same. */
async function earlierConsent(artifacts: ArtifactStore, parties: Parties): Promise<Permission | undefined> {
  const grant = await artifacts.findByClient('Grant', parties.accountId, parties.clientId);
  if (grant === undefined || grant.consent !== undefined) return undefined;
  const { iat, exp, openid, resources } = grant as Permission;
  return kept(artifacts, { ...parties, openid, resources, jti: randomUUID(), iat, exp });
}

async function kept(artifacts: ArtifactStore, consent: Permission): Promise<Permission> {
  await artifacts.upsert(MODEL, consent.jti, consent, consent.exp - Math.floor(Date.now() / 1_000));
  return consent;
}
