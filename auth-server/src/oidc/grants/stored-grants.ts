/** What a user has granted and where they are signed in, as the library has stored it. */
import type { Artifact, ArtifactStore, Doomed } from '../../core/grants/artifact-store.ts';
import type { ActsBy, GrantList, GrantSummary, SessionSummary } from '../../core/grants/grant-list.ts';
import type { UnitOfWork } from '../../core/unit-of-work.ts';
import { type Allowed, joined } from './allowed.ts';
import { allConsents, type Permission } from './consents.ts';
import { markEnded, standingSessions } from './ended-sessions.ts';

/** What a user allows one client: consents, of which there is one unless two were given at once, and grants. */
interface Given {
  clientId: string;
  consents: Permission[];
  grants: Permission[];
}

/** The library's record of a session. */
interface StoredSession extends Artifact {
  uid: string;
  accountId: string;
  loginTs?: number;
  iat: number;
  exp: number;
  authorizations?: Record<string, { grantId?: string; persistsLogout?: boolean }>;
}

/** What can come of a grant and is stored. */
const MODELS = ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'];

/** Ending something takes a few steps, however much there is to end, and is done as a whole. */
export function grantList(artifacts: ArtifactStore, unitOfWork: UnitOfWork): GrantList {
  return {
    async grants(user) {
      return byClient(await allConsents(artifacts, user), await grantsOf(user)).map(summaryOf);
    },
    async sessions(user) {
      return (await sessionsOf(user)).map(summaryOfSession);
    },
    async revokeGrant(user, id) {
      const given = byClient(await allConsents(artifacts, user), await grantsOf(user)).find(
        ({ consents, grants }) => [...consents, ...grants].some(({ jti }) => jti === id),
      );
      if (given === undefined) return { ok: false, refusal: 'unknown' };
      await artifacts.destroyAll([
        ...given.consents.map(consentItself),
        ...given.grants.flatMap(({ jti }) => grantAndItsTokens(jti)),
      ]);
      return { ok: true, value: undefined };
    },
    async endSession(user, id) {
      const session = (await sessionsOf(user)).find(({ uid }) => uid === id);
      if (session === undefined) return { ok: false, refusal: 'unknown' };
      await unitOfWork(() => end([session], []));
      return { ok: true, value: undefined };
    },
    endAll: (user, what, own) =>
      unitOfWork(async () => {
        const sessions = (await sessionsOf(user)).filter((session) => !isOwn(session, own));
        const grants = what === 'sessions' ? [] : await grantsOf(user);
        // Somebody may have signed in and hold back the step that makes it a session.
        await artifacts.destroyAll([{ model: 'Interaction', accountId: user }]);
        if (what !== 'sessions') await endConsents(user, grants, own);
        await end(
          sessions,
          grants.map(({ jti }) => jti),
          own,
        );
      }),
  };

  async function grantsOf(user: string): Promise<Permission[]> {
    return (await artifacts.findByAccount('Grant', user)) as Permission[];
  }

  async function sessionsOf(user: string): Promise<StoredSession[]> {
    return (await standingSessions(artifacts, user)) as StoredSession[];
  }

  /** Ends what a user has allowed, but for that from which the grant came by which they act. */
  async function endConsents(user: string, grants: Permission[], own?: ActsBy): Promise<void> {
    if (own === undefined) {
      // One may be given meanwhile.
      const models = ['Consent', 'Grant'];
      return artifacts.destroyAll(models.map((model) => ({ model, accountId: user })));
    }
    const stays = grants.find(({ jti }) => jti === own.grant)?.consent;
    const ending = (await allConsents(artifacts, user)).filter(({ jti }) => jti !== stays);
    await artifacts.destroyAll(ending.map(consentItself));
  }

  /** As the library ends them (OpenID Connect RP-Initiated Logout): with the grants that are not for longer. */
  async function end(sessions: StoredSession[], grants: string[], own?: ActsBy): Promise<void> {
    const all = new Set([...grants, ...sessions.flatMap(grantsWhileSignedIn)]);
    // Sessions of earlier versions have the same grant for the same client.
    if (own !== undefined) all.delete(own.grant);
    await artifacts.destroyAll([
      ...sessions.map(({ uid }) => ({ model: 'Session', uid })),
      ...[...all].flatMap(grantAndItsTokens),
    ]);
    await markEnded(artifacts, sessions);
  }
}

function consentItself({ jti }: Permission): Doomed {
  return { model: 'Consent', id: jti };
}

/** Without the grant, nothing that came of it and is not stored is good either. */
function grantAndItsTokens(id: string): Doomed[] {
  return [{ model: 'Grant', id }, ...MODELS.map((model) => ({ model, grantId: id }))];
}

function grantsWhileSignedIn({ authorizations = {} }: StoredSession): string[] {
  return Object.values(authorizations).flatMap(({ grantId, persistsLogout }) =>
    grantId === undefined || persistsLogout === true ? [] : [grantId],
  );
}

function isOwn({ uid, authorizations = {} }: StoredSession, own: ActsBy | undefined): boolean {
  if (own === undefined) return false;
  if (own.session !== undefined) return uid === own.session;
  return Object.values(authorizations).some(({ grantId }) => grantId === own.grant);
}

/** What was given to each client: the newest consent first, then grants that came from none. */
function byClient(consents: Permission[], grants: Permission[]): Given[] {
  const consentsOf = Map.groupBy(consents, ({ clientId }) => clientId);
  const grantsOf = Map.groupBy(grants, ({ clientId }) => clientId);
  return [...new Set([...consentsOf.keys(), ...grantsOf.keys()])].map((clientId) => ({
    clientId,
    consents: consentsOf.get(clientId) ?? [],
    grants: grantsOf.get(clientId) ?? [],
  }));
}

function summaryOf({ clientId, consents, grants }: Given): GrantSummary {
  const all = [...consents, ...grants];
  const { openid, resources = {} } = all.reduce<Allowed>(joined, {});
  const scopes = [openid?.scope, ...Object.values(resources)].flatMap((scope) => scope?.split(' ') ?? []);
  return {
    id: String(all[0]?.jti),
    clientId,
    scopes: [...new Set(scopes)],
    createdAt: dateOf(Math.min(...all.map(({ iat }) => iat))),
    expiresAt: dateOf(Math.max(...all.map(({ exp }) => exp))),
  };
}

function summaryOfSession({ uid, loginTs, iat, exp }: StoredSession): SessionSummary {
  return { id: uid, createdAt: dateOf(loginTs ?? iat), expiresAt: dateOf(exp) };
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1_000);
}
