/** What stores have to know of the library's models. */
import type { ArtifactModels } from '../core/grants/artifact-store.ts';

/**
 * How many sessions one user has at most. Nobody has so many browsers; a machine that signs in anew each minute, and forgets
 * its cookies, still finds each of its sessions for hours. Ending them all stays a matter of milliseconds.
 */
const MOST_SESSIONS = 1_000;

export const ARTIFACT_MODELS: ArtifactModels = {
  Client: { hasNames: true, secrets: ['client_secret'] },
  // Its id, since one that is found by the user code is stored again by the id.
  DeviceCode: { secrets: ['jti'] },
  EndedSession: { byAccount: true },
  Grant: { hasNames: true, byAccount: true },
  // The ids of a device code, a pushed request and a session, and in the URL its own.
  Interaction: { secrets: ['deviceCode', 'parJti', 'session', 'returnTo'], byAccount: true },
  // What is forgotten early could be replayed; and while a password is hashed, no transaction may wait with it.
  ReplayDetection: { mustLast: true, ofNoUnit: true },
  // The secret of its forms, which keeps other sites from posting them.
  Session: { secrets: ['state'], byAccount: true, mostOfAccount: MOST_SESSIONS },
};
