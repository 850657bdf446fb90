/** What a user has granted and where they are signed in, as the library has stored it. */
import type { Artifact, ArtifactStore, Doomed } from '../../core/grants/artifact-store.ts';
import type { ActsBy, GrantList, GrantSummary, SessionSummary } from '../../core/grants/grant-list.ts';
import type { UnitOfWork } from '../../core/unit-of-work.ts';
import { markEnded, standingSessions } from './ended-sessions.ts';

/** The library's record of a grant, as far as it is needed here. */
interface StoredGrant extends Artifact {
  jti: string;
  clientId: string;
  /** In seconds since the epoch. */
  iat: number;
  exp: number;
  openid?: { scope?: string };
  resources?: Record<string, string>;
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
      return (await grantsOf(user)).map(summaryOfGrant);
    },
    async sessions(user) {
      return (await sessionsOf(user)).map(summaryOfSession);
    },
    async revokeGrant(user, id) {
      const grant = (await grantsOf(user)).find(({ jti }) => jti === id);
      if (grant === undefined) return { ok: false, refusal: 'unknown' };
      await artifacts.destroyAll(grantAndItsTokens(id));
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
        const grants = what === 'sessions' ? [] : (await grantsOf(user)).map(({ jti }) => jti);
        // Somebody may have signed in and hold back the step that makes it a session.
        await artifacts.destroyAll([{ model: 'Interaction', accountId: user }]);
        // And a grant may be given meanwhile.
        if (what !== 'sessions' && !own) await artifacts.destroyAll([{ model: 'Grant', accountId: user }]);
        await end(sessions, grants, own);
      }),
  };

  async function grantsOf(user: string): Promise<StoredGrant[]> {
    return (await artifacts.findByAccount('Grant', user)) as StoredGrant[];
  }

  async function sessionsOf(user: string): Promise<StoredSession[]> {
    return (await standingSessions(artifacts, user)) as StoredSession[];
  }

  /** As the library ends them (OpenID Connect RP-Initiated Logout): with the grants that are not for longer. */
  async function end(sessions: StoredSession[], grants: string[], own?: ActsBy): Promise<void> {
    const all = new Set([...grants, ...sessions.flatMap(grantsWhileSignedIn)]);
    // Another session may have the same grant: a client is asked for it once.
    if (own !== undefined) all.delete(own.grant);
    await artifacts.destroyAll([
      ...sessions.map(({ uid }) => ({ model: 'Session', uid })),
      ...[...all].flatMap(grantAndItsTokens),
    ]);
    await markEnded(artifacts, sessions);
  }
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

function summaryOfGrant({ jti, clientId, openid, resources = {}, iat, exp }: StoredGrant): GrantSummary {
  const scopes = [openid?.scope, ...Object.values(resources)].flatMap((scope) => scope?.split(' ') ?? []);
  return { id: jti, clientId, scopes: [...new Set(scopes)], createdAt: dateOf(iat), expiresAt: dateOf(exp) };
}

function summaryOfSession({ uid, loginTs, iat, exp }: StoredSession): SessionSummary {
  return { id: uid, createdAt: dateOf(loginTs ?? iat), expiresAt: dateOf(exp) };
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1_000);
}
