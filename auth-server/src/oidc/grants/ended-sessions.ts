/**
 * Marks of sessions that were ended. A request that was under way stores its session once more when it is done, and
 * would bring back to life what was only destroyed.
 */
import type { Artifact, ArtifactStore } from '../../core/grants/artifact-store.ts';

const MODEL = 'EndedSession';

/** How long a mark is kept after the session would have expired, in seconds: such a request stores it with a new lifetime. */
const LINGER = 2 * 24 * 60 * 60;

/** @param expiresAt when the session expires, in seconds since the epoch */
export async function markEnded(artifacts: ArtifactStore, uid: string, expiresAt: number): Promise<void> {
  await artifacts.upsert(MODEL, uid, { uid }, expiresAt - Math.floor(Date.now() / 1_000) + LINGER);
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
