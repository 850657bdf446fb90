/**
 * Marks of sessions that were ended. A request that was under way stores its session once more when it is done, and
 * would bring back to life what was only destroyed.
 */
import type { Artifact, ArtifactStore } from '../../core/grants/artifact-store.ts';

const MODEL = 'EndedSession';

/** How long a mark is kept after the session would have expired, in seconds: such a request stores it with a new lifetime. */
const LINGER = 2 * 24 * 60 * 60;

/** What a mark is about. */
interface EndedSession {
  uid: string;
  accountId: string;
  /** When the session expires, in seconds since the epoch. */
  exp: number;
}

/** Marks any number of sessions in the time of one. */
export async function markEnded(artifacts: ArtifactStore, sessions: EndedSession[]): Promise<void> {
  const now = Math.floor(Date.now() / 1_000);
  const marks = sessions.map(({ uid, accountId, exp }) => ({
    id: uid,
    artifact: { uid, accountId },
    expiresIn: exp - now + LINGER,
  }));
  await artifacts.upsertAll(MODEL, marks);
}

/** A session, unless it was ended. */
export async function unlessEnded(
  artifacts: ArtifactStore,
  session: Artifact | undefined,
): Promise<Artifact | undefined> {
  // A session that nobody has signed in to is nobody's to end.
  if (session?.uid === undefined || session.accountId === undefined) return session;
  return (await artifacts.find(MODEL, session.uid)) === undefined ? session : undefined;
}

/** The sessions of a user that stand. */
export async function standingSessions(artifacts: ArtifactStore, user: string): Promise<Artifact[]> {
  const sessions = await artifacts.findByAccount('Session', user);
  const marks = await artifacts.findByAccount(MODEL, user);
  const ended = new Set(marks.map(({ uid }) => uid));
  return sessions.filter(({ uid }) => !ended.has(uid));
}
