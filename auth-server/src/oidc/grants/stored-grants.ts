/** What a user has granted and where they are signed in, as the library has stored it. */
import type { Artifact, ArtifactStore } from '../../core/grants/artifact-store.ts';
import type { GrantList, GrantSummary, SessionSummary } from '../../core/grants/grant-list.ts';
import { markEnded, unlessEnded } from './ended-sessions.ts';

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

/** The list over any artifact store. */
export function grantList(artifacts: ArtifactStore): GrantList {
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
      await revoke(id);
      return { ok: true, value: undefined };
    },
    async endSession(user, id) {
      const session = (await sessionsOf(user)).find(({ uid }) => uid === id);
      if (session === undefined) return { ok: false, refusal: 'unknown' };
      await end(session);
      return { ok: true, value: undefined };
    },
    async endAll(user, what, exceptGrant) {
      // Somebody may have signed in and hold back the step that makes it a session.
      await artifacts.destroyByAccount('Interaction', user);
      const sessions = await sessionsOf(user);
      await Promise.all(sessions.filter((session) => !gave(session, exceptGrant)).map(end));
      if (what === 'sessions') return;
      const grants = await grantsOf(user);
      await Promise.all(grants.filter(({ jti }) => jti !== exceptGrant).map(({ jti }) => revoke(jti)));
    },
  };

  async function grantsOf(user: string): Promise<StoredGrant[]> {
    return (await artifacts.findByAccount('Grant', user)) as StoredGrant[];
  }

  async function sessionsOf(user: string): Promise<StoredSession[]> {
    const sessions = await artifacts.findByAccount('Session', user);
    const standing = await Promise.all(sessions.map((session) => unlessEnded(artifacts, session)));
    return standing.filter((session) => session !== undefined) as StoredSession[];
  }

  /** The grant goes first: without it nothing that came of it is good. */
  async function revoke(id: string): Promise<void> {
    await artifacts.destroy('Grant', id);
    await Promise.all(MODELS.map((model) => artifacts.revokeByGrantId(model, id)));
  }

  /** As the library ends one (OpenID Connect RP-Initiated Logout): with the grants that are not for longer. */
  async function end({ uid, exp, authorizations = {} }: StoredSession): Promise<void> {
    await artifacts.destroyByUid('Session', uid);
    await markEnded(artifacts, uid, exp);
    for (const { grantId, persistsLogout } of Object.values(authorizations)) {
      if (grantId !== undefined && persistsLogout !== true) await revoke(grantId);
    }
  }
}

function gave({ authorizations = {} }: StoredSession, grant: string | undefined): boolean {
  return grant !== undefined && Object.values(authorizations).some(({ grantId }) => grantId === grant);
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
